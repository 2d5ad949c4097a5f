import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { measureScale, type Measurement } from './scale/run-scale.ts';

/** Requests and CPU grow linearly with it; 10,000 take about ten minutes. */
const TABLES = Number(process.env['MOTHERLOAD_SCALE_TABLES'] ?? 1000);
const MAX_PARALLEL_JOBS = 50;
/** Its TableIngestion, its Job and its last status are three requests; 3.4 to 4.4 were measured (docs/scale.md). */
const REQUESTS_PER_TABLE = 5;
/** Ten logs at most, a status and the Lease: the longer the run takes on a busy machine, the more of them. */
const REQUESTS_PER_SECOND = 12;
/** 8 to 10 were measured, and 14 on a machine with ten times its capacity of work. */
const CPU_MILLISECONDS_PER_TABLE = 60;
/** 136 were measured for 1,000; each additional table needs about 8 KB. */
const MEGABYTES = 180 + Math.max(0, TABLES - 1000) * 0.02;

describe(`a catalogue of ${TABLES} tables`, { timeout: 7_200_000 }, () => {
  let run: Measurement;
  before(async () => {
    run = await measureScale({ tables: TABLES, maxParallelJobs: MAX_PARALLEL_JOBS });
  });

  it('is loaded completely, with correct counts', () => {
    const { status, expected, tablesByPhase } = run;
    assert.equal(status.phase, 'Complete');
    assert.deepEqual({ ...status.tables }, { ...expected.tables });
    assert.deepEqual([status.rows, status.bytes, status.percent], [expected.rows, expected.bytes, 100]);
    assert.deepEqual(tablesByPhase, {
      Loaded: { tables: expected.tables.loaded, rows: expected.rows },
      ...(expected.tables.skipped === 0 ? {} : { Skipped: { tables: expected.tables.skipped, rows: 0 } }),
    });
  });

  it(`needs less than ${MEGABYTES} MB of the operator's memory`, (context) => {
    context.diagnostic(`${run.peakMegabytes.toFixed(0)} MB, ${run.megabytesAtStart.toFixed(0)} MB at the start`);
    assert(run.peakMegabytes < MEGABYTES, `${run.peakMegabytes} MB`);
  });

  it(`needs less than ${REQUESTS_PER_TABLE} requests and ${CPU_MILLISECONDS_PER_TABLE} ms of CPU for each table, and ${REQUESTS_PER_SECOND} requests for each second`, (context) => {
    const { requests, cpuSeconds, seconds } = run;
    context.diagnostic(
      `${(requests.total / TABLES).toFixed(2)} requests, ${((cpuSeconds * 1000) / TABLES).toFixed(1)} ms for each table, in ${seconds.toFixed(0)} s`,
    );
    // For the run itself, whatever its size: the catalogue and finish Jobs, events, lists, the Lease.
    const most = REQUESTS_PER_TABLE * TABLES + REQUESTS_PER_SECOND * seconds + 200;
    assert(requests.total < most, `${requests.total} requests`);
    assert((cpuSeconds * 1000) / TABLES < CPU_MILLISECONDS_PER_TABLE, `${cpuSeconds} s of CPU`);
  });

  it('writes a status at most once per second', () => {
    // Both times are when the apiserver received the request; a busy machine may deliver some requests closer together than they were sent.
    const { statusGaps } = run.requests;
    const short = statusGaps.filter((seconds) => seconds < 0.9);
    assert(statusGaps.length > 0 && short.length < statusGaps.length / 20, `${short.length} of ${statusGaps.length}`);
  });

  it('has the same numbers in /metrics as in the audit log of the apiserver', () => {
    const { metrics, requests, expected } = run;
    const metric = (name: string) =>
      Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\d+)$`, 'm').exec(metrics)?.[1]);
    // A busy apiserver may have refused some requests, which are in its audit log, too.
    const patches = metrics.matchAll(
      /^motherload_api_requests_total\{method="PATCH",resource="tableingestions\/status",code="\d+"\} (\d+)$/gm,
    );
    const patched = [...patches].reduce((sum, [, count]) => sum + Number(count), 0);
    assert.equal(patched, requests.counts.get('patch tableingestions/status'));
    assert.equal(metric('motherload_tables{phase="Loaded"}'), expected.tables.loaded);
    assert.equal(metric('motherload_ingestions{phase="Complete"}'), 1);
    assert.equal(metric('motherload_loaded_rows{namespace="scale-0",ingestion="scale"}'), expected.rows);
    assert.equal(
      metric('motherload_job_duration_seconds_count{task="load",result="succeeded"}'),
      expected.tables.loaded,
    );
  });
});
