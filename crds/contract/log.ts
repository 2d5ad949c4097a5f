import { createRequire } from 'node:module';
import type { Logger } from 'winston';

/** The fields of log lines besides `time`, `level` and `message`. */
export interface LogFields {
  readonly namespace?: string;
  readonly ingestion?: string;
  readonly task?: string;
  readonly table?: string;
  readonly versionTable?: string;
  readonly file?: string;
  readonly step?: string;
  readonly seconds?: number;
  readonly rows?: number;
  readonly bytes?: number;
  readonly [field: string]: unknown;
}

export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with fields that are added to each line. */
  child(fields: LogFields): Log;
}

/**
 * A log of JSON lines on standard output, or on standard error where standard output is for people. winston takes 33 ms of CPU to load, so it is
 * loaded for the first line.
 */
export function createLog(fields: LogFields = {}, stream: 'stdout' | 'stderr' = 'stdout'): Log {
  let logger: Logger | undefined;
  return wrap(() => (logger ??= createLogger(stream)), fields);
}

/** By require, since a line may be the last one before the process exits: there is no time to await an import. */
function createLogger(stream: 'stdout' | 'stderr'): Logger {
  const { createLogger, format, transports } = createRequire(import.meta.url)('winston') as typeof import('winston');
  const withoutTimestamp = format((info) => {
    delete info['timestamp'];
    return info;
  });
  return createLogger({
    level: 'info',
    format: format.combine(format.timestamp({ alias: 'time' }), withoutTimestamp(), format.json()),
    transports: [new transports.Stream({ stream: process[stream] })],
  });
}

function wrap(logger: () => Logger, fields: LogFields): Log {
  const write = (level: string) => (message: string, more?: LogFields) =>
    void logger().log(level, message, { ...fields, ...more });
  return {
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (more) => wrap(logger, { ...fields, ...more }),
  };
}

/** A log that writes nothing, for callers that print for people themselves. */
export const SILENT_LOG: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT_LOG,
};
