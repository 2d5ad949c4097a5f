/** Makes an error of a record: nobody reads where it was made, and a stack trace takes three quarters of the time of a reject (13 µs). */
export function withoutStackTrace<Result>(make: () => Result): Result {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
