import type { IncomingMessage } from 'node:http';
import { toNetworkError } from './network-error.ts';
import { AttemptFailed } from './retry.ts';

/** A server that sends nothing for so long has lost the connection without saying so. */
export const MAX_SILENCE_MILLISECONDS = 30_000;

/** So much is taken from the connection while nobody reads: an entry's reader waits for the database as well, and then finds its next chunk here. */
const MAX_QUEUED_BYTES = 1024 * 1024;

interface PendingRead {
  readonly target: Buffer;
  filled: number;
  readonly resolve: (bytes: number) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The bytes of a response, read into the reader's memory. What is not read yet is bounded: beyond it the connection's flow control makes the
 * server wait.
 */
export class ResponseBody {
  readonly #response: IncomingMessage;
  readonly #server: string;
  readonly #maxSilence: number;
  /** Chunks that arrived before they were asked for. */
  #queue: Buffer[] = [];
  #queued = 0;
  #reading: PendingRead | undefined;
  #timer: NodeJS.Timeout | undefined;
  #end: 'Ended' | Error | undefined;

  constructor(response: IncomingMessage, server: string, maxSilence = MAX_SILENCE_MILLISECONDS) {
    this.#response = response;
    this.#server = server;
    this.#maxSilence = maxSilence;
    response.on('data', (chunk: Buffer) => this.#take(chunk));
    response.pause();
    response.once('end', () => this.#finish('Ended'));
    response.once('error', (error) => this.#finish(toNetworkError(error, server)));
    response.once('close', () => this.#finish(new AttemptFailed('SourceBusy', `${server} ended the connection`)));
  }

  /** Fills the target, or as much of it as the response has left; 0 at its end. One read at a time. */
  async read(target: Buffer): Promise<number> {
    const filled = this.#takeQueued(target);
    if (filled === target.length) return filled;
    if (this.#end === 'Ended') return filled;
    // What arrived before the connection broke is not lost.
    if (this.#end !== undefined && filled > 0) return filled;
    if (this.#end !== undefined) throw this.#end;
    return await new Promise((resolve, reject) => {
      this.#reading = { target, filled, resolve, reject };
      this.#timer = setTimeout(() => this.#giveUp(), this.#maxSilence);
      this.#response.resume();
    });
  }

  /** Frees the connection for another request behind the last byte that was wanted; one that has more to send is closed. */
  async release(): Promise<void> {
    const more = await this.read(Buffer.alloc(1)).catch(() => 1);
    if (more > 0) this.close();
  }

  /** Gives up what was not read, and the connection with it. */
  close(): void {
    this.#finish(new AttemptFailed('SourceBusy', 'the response was closed'));
    this.#response.destroy();
  }

  #takeQueued(target: Buffer): number {
    let filled = 0;
    for (let chunk = this.#queue[0]; chunk !== undefined && filled < target.length; chunk = this.#queue[0]) {
      const copied = chunk.copy(target, filled);
      filled += copied;
      if (copied === chunk.length) this.#queue.shift();
      else this.#queue[0] = chunk.subarray(copied);
    }
    this.#queued -= filled;
    if (filled > 0 && this.#queued < MAX_QUEUED_BYTES) this.#response.resume();
    return filled;
  }

  #take(chunk: Buffer): void {
    const reading = this.#reading;
    const copied = reading === undefined ? 0 : chunk.copy(reading.target, reading.filled);
    if (copied < chunk.length) {
      this.#queue.push(chunk.subarray(copied));
      this.#queued += chunk.length - copied;
      if (this.#queued >= MAX_QUEUED_BYTES) this.#response.pause();
    }
    if (reading === undefined) return;
    reading.filled += copied;
    if (reading.filled === reading.target.length) this.#settle((read) => read.resolve(read.filled));
    else this.#timer?.refresh();
  }

  #giveUp(): void {
    const seconds = this.#maxSilence / 1000;
    this.#finish(new AttemptFailed('SourceBusy', `${this.#server} sent nothing for ${seconds} s`));
    this.#response.destroy();
  }

  #finish(end: 'Ended' | Error): void {
    this.#end ??= end;
    this.#settle((read) => {
      if (end === 'Ended' || read.filled > 0) read.resolve(read.filled);
      else read.reject(end);
    });
  }

  #settle(settle: (read: PendingRead) => void): void {
    const reading = this.#reading;
    this.#reading = undefined;
    clearTimeout(this.#timer);
    if (reading !== undefined) settle(reading);
  }
}
