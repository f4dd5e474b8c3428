// Runs recompense.sql beside this file in DuckDB, as a user would, and tells the stages' times.
//
//     node duckdb.mjs --modules build/bench --exports DIR --out DIR --period YYYY-MM
//                     [--compress pigz|pipe|gzip|none] [--level N] [--threads N] [--memory SIZE]
//                     [--only-read] [--sql FILE]
//
// --compress: gzip lets DuckDB do it; pigz compresses the finished files; pipe has one pigz per
// ledger take the rows from a named pipe while DuckDB writes them. --only-read types every column
// of the orders, totals the amounts and writes nothing.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, unlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: args } = parseArgs({
  options: {
    modules: { type: 'string' },
    exports: { type: 'string' },
    out: { type: 'string' },
    period: { type: 'string' },
    compress: { type: 'string', default: 'pigz' },
    level: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
    memory: { type: 'string' },
    sql: { type: 'string' },
    'only-read': { type: 'boolean', default: false },
    version: { type: 'boolean', default: false },
  },
});

const require = createRequire(join(resolve(args.modules), 'package.json'));
const duckdb = require('@duckdb/node-api');
if (args.version) {
  console.log(duckdb.version());
  process.exit(0);
}

const LEDGERS = ['refunds', 'compensations', 'accounts'];
const here = dirname(fileURLToPath(import.meta.url));

function filesOf(input) {
  const pattern = new RegExp(`^${input}(-.*)?\\.csv(\\.gz)?$`);
  const names = readdirSync(args.exports).filter((name) => pattern.test(name)).sort();
  return `[${names.map((name) => `'${join(args.exports, name)}'`).join(', ')}]`;
}

function monthAfter(period) {
  const [year, month] = period.split('-').map(Number);
  return month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`;
}

function statements() {
  const suffix = { gzip: '.gz', pipe: '.pipe', pigz: '', none: '' }[args.compress];
  const format = args.compress === 'gzip'
    ? 'FORMAT csv, HEADER, COMPRESSION gzip' : 'FORMAT csv, HEADER, COMPRESSION none';
  const known = {
    from: `${args.period}-01`, until: `${monthAfter(args.period)}-01`, threads: args.threads,
    out: args.out, suffix,
    csv: 'header = true, auto_detect = false, buffer_size = 8388608',
    format: args.compress === 'pipe' ? `${format}, USE_TMP_FILE false` : format,
  };
  const script = args['only-read'] ? 'read_typed.sql' : 'recompense.sql';
  const text = readFileSync(args.sql ?? join(here, script), 'utf8');
  const stages = [];
  for (const part of text.split(/^-- stage: /m).slice(1)) {
    const end = part.indexOf('\n');
    const body = part.slice(end)
      .replace(/\{exports_(\w+)\}/g, (_, input) => filesOf(input))
      .replace(/\{(\w+)\}/g, (whole, name) => known[name] ?? whole);
    stages.push({
      name: part.slice(0, end),
      statements: body.split(/;$/m).map((s) => s.replace(/^--.*$/gm, '').trim()).filter((s) => s),
    });
  }
  return stages;
}

// One pigz per ledger, reading a named pipe that DuckDB writes to.
function openPipes() {
  return LEDGERS.map((ledger) => {
    const pipe = join(args.out, `${ledger}.csv.pipe`);
    if (spawnSync('mkfifo', [pipe]).status !== 0) throw new Error(`mkfifo ${pipe}`);
    const command = `exec pigz -n -${args.level} -p ${args.threads} < "$1" > "$2"`;
    const child = spawn('sh', ['-c', command, 'sh', pipe, join(args.out, `${ledger}.csv.gz`)],
      { stdio: 'inherit' });
    return new Promise((done, fail) => child.on('exit', (code) => {
      unlinkSync(pipe);
      if (code === 0) done(); else fail(new Error(`pigz: ${code}`));
    }));
  });
}

const started = performance.now();
function tell(name, since) {
  const ms = Math.round(performance.now() - since);
  console.error(`${name.padEnd(28)} ${String(ms).padStart(6)} ms   ` +
    `${String(Math.round(process.resourceUsage().maxRSS / 1024)).padStart(5)} MiB at most`);
}

if (args.out) mkdirSync(args.out, { recursive: true });
const config = args.memory ? { memory_limit: args.memory } : {};
const instance = await duckdb.DuckDBInstance.create(':memory:', config);
const connection = await instance.connect();
const writes = !args['only-read'];
const pipes = writes && args.compress === 'pipe' ? openPipes() : [];
for (const stage of statements()) {
  const since = performance.now();
  for (const statement of stage.statements) {
    const result = await connection.runAndReadAll(statement);
    if (!writes && statement.startsWith('SELECT')) {
      for (const row of result.getRowsJson()) console.log(row.join(','));
    }
  }
  tell(stage.name, since);
}
if (writes && args.compress === 'pigz') {
  const since = performance.now();
  const { status } = spawnSync('pigz', ['-n', '-f', `-${args.level}`, '-p', args.threads,
    ...LEDGERS.map((ledger) => join(args.out, `${ledger}.csv`))], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`pigz: ${status}`);
  tell('pigz', since);
}
const since = performance.now();
await Promise.all(pipes);
if (pipes.length > 0) tell('pigz', since);
tell('all', started);
process.exit(0);
