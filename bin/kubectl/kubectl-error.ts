import { ManifestError, shorten, TransientError, type MotherloadError } from '../../crds/contract/errors.ts';

const UNREACHABLE =
  /Unable to connect to the server|connection to the server .* was refused|i\/o timeout|no such host|TLS handshake timeout|\((ServiceUnavailable|Timeout|ServerTimeout|TooManyRequests|InternalError)\)/;
/** A path that no API serves is not found without a name; of an object that does not exist the apiserver says its name. */
const NO_SUCH_KIND =
  /could not find the requested resource|doesn't have a resource type|no matches for kind|^404 page not found/m;

export function kubectlMissing(cause: unknown): ManifestError {
  const message =
    'kubectl is not found: install it (https://kubernetes.io/docs/tasks/tools/), or add its folder to PATH';
  return new ManifestError('KubectlMissing', message, {}, { cause });
}

/** What kubectl's own message, on standard error, means for whoever asked about an object. */
export function kubectlError(stderr: string, object: string): MotherloadError {
  const said = lastLine(stderr);
  if (NO_SUCH_KIND.test(stderr)) {
    const message =
      "the cluster has no DumpIngestions: install the operator with its chart, or choose another cluster with --context; kubectl config current-context shows today's";
    return new ManifestError('CrdsMissing', message);
  }
  if (/\(NotFound\)/.test(stderr)) {
    const message = `there is no ${object}: kubectl get di -A lists those of all namespaces`;
    return new ManifestError('NoSuchIngestion', message);
  }
  if (/\(Forbidden\)/.test(stderr)) {
    const message = `${said}: ask whoever administers the cluster for this right; kubectl auth can-i --list shows yours`;
    return new ManifestError('ClusterForbidden', message);
  }
  if (UNREACHABLE.test(stderr)) {
    const message = `the cluster cannot be reached: ${said}; check --context, --kubeconfig and the network with kubectl version`;
    return new TransientError('ClusterUnreachable', message);
  }
  return new ManifestError('KubectlRefused', `kubectl: ${said === '' ? 'it failed without a message' : said}`);
}

/** Before it, kubectl may have printed warnings, and log lines of each attempt such as `E1129 12:00:00.000000 …`. */
function lastLine(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const line = lines.findLast((one) => !/^[EIW]\d{4} /.test(one)) ?? lines.at(-1) ?? '';
  return shorten(line.replace(/^(error|Error from server \(\w+\)): /, ''), 500);
}
