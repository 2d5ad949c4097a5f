/** Why a file or folder that the user has named cannot be used, by the system's code. errno(3) */
const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'this user has no right to it',
  EDQUOT: 'the disk is full',
  EEXIST: 'it exists already',
  EISDIR: 'it is a folder',
  ENOENT: 'no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EPERM: 'this user has no right to it',
  EROFS: 'its file system is read-only',
};

/** In words, without the path, which the message around it names; as the system says it where there are no words. */
export function fileProblem(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return PROBLEMS[code] ?? message;
}
