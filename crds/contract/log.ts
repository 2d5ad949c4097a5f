import winston from 'winston';

/** The fields that log lines carry beside `time`, `level` and `message`, always by these names. */
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
  /** The same log with fields that each of its lines carries. */
  child(fields: LogFields): Log;
}

/** A log of JSON lines on standard output (or on standard error, where standard output belongs to a report for people). */
export function createLog(fields: LogFields = {}, stream: 'stdout' | 'stderr' = 'stdout'): Log {
  const logger = winston.createLogger({
    level: 'info',
    format: winston.format.combine(winston.format.timestamp({ alias: 'time' }), withoutTimestamp(), winston.format.json()),
    transports: [new winston.transports.Stream({ stream: process[stream] })],
  });
  return wrap(logger, fields);
}

const withoutTimestamp = winston.format((info) => {
  delete info['timestamp'];
  return info;
});

function wrap(logger: winston.Logger, fields: LogFields): Log {
  const write = (level: string) => (message: string, more?: LogFields) => void logger.log(level, message, { ...fields, ...more });
  return {
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (more) => wrap(logger, { ...fields, ...more }),
  };
}

/** A log that says nothing, for callers that print for people themselves. */
export const SILENT_LOG: Log = { info: () => undefined, warn: () => undefined, error: () => undefined, child: () => SILENT_LOG };
