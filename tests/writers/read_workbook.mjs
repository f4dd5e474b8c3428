// Loads a workbook with exceljs and prints its cells as JSON: {sheet: {cell: [kind, value]}}.
//
//     node read_workbook.mjs MODULES WORKBOOK
//
// Kinds: "text", "number", "date" (milliseconds since 1970), "formula" (its stored result).
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [modules, path] = process.argv.slice(2);
const ExcelJS = createRequire(join(resolve(modules), 'package.json'))('exceljs');
const workbook = new ExcelJS.Workbook();
await workbook.xlsx.readFile(path);

function plain(value) {
  if (value instanceof Date) return ['date', value.getTime()];
  if (typeof value === 'number') return ['number', value];
  if (typeof value === 'object' && value.richText) {
    return ['text', value.richText.map((run) => run.text).join('')];
  }
  if (typeof value === 'object' && 'text' in value) return plain(value.text);
  return ['text', String(value)];
}

const sheets = {};
workbook.eachSheet((sheet) => {
  const cells = {};
  sheet.eachRow((row) => row.eachCell((cell) => {
    const { value } = cell;
    if (value === null || value === undefined) return;
    cells[cell.address] = typeof value === 'object' && ('formula' in value || 'sharedFormula' in value)
      ? ['formula', plain(cell.result ?? '')[1]] : plain(value);
  }));
  sheets[sheet.name] = cells;
});
process.stdout.write(JSON.stringify(sheets));
