/** `workshop`: the same company's repair shop, kept in MySQL. Two releases. */
import { columns, rowsOf, type ExampleDump, type Row } from './dump.ts';
import { Random } from './random.ts';
import { isoDate, isoSeconds, minutesAfter } from './times.ts';
import { personName, remark } from './words.ts';

const OPENED = Date.UTC(2018, 8, 3, 7, 0);

function mechanic(number: number): Row {
  const random = new Random(`mechanics/${number}`);
  const skills = [random.pick(['wheels', 'brakes']), random.pick(['electrics', 'frames'])];
  return {
    mechanic_id: String(number),
    name: personName(random),
    active: random.chance(80) ? '1' : '0',
    level: random.pick(['apprentice', 'journeyman', 'master']),
    skills: random.chance(90) ? JSON.stringify({ skills, 'hourly "rate"': random.integer(28, 60) }) : null,
    hired: isoDate(minutesAfter(OPENED, number * 9001)),
    certified: random.chance(70) ? String(random.integer(1995, 2023)) : null,
    shift_start: random.pick(['06:30:00', '07:00:00', '13:15:00']),
  };
}

function part(number: number): Row {
  const random = new Random(`parts/${number}`);
  return {
    // Larger than PostgreSQL's bigint, as only MySQL's unsigned one can be.
    part_id: String(18_446_744_073_709_000_000n + BigInt(number)),
    sku: `P-${random.hexadecimal(3)}`,
    name: random.pick(['Kettenschloß', 'chambre à air', 'brake pad | pair', 'bell `ding`', 'spoke 2 mm']),
    price: `${random.integer(0, 250)}.${String(random.integer(0, 99)).padStart(2, '0')}`,
    weight_kg: `${random.integer(0, 3)}.${random.integer(1, 999_999)}`,
    stock: String(random.integer(-5, 4_000)),
    updated: isoSeconds(minutesAfter(OPENED, number * 97)),
  };
}

function repair(number: number): Row {
  const random = new Random(`repairs/${number}`);
  const started = minutesAfter(OPENED, number * 53);
  return {
    repair_id: String(number),
    bike_id: String(random.integer(1, 400)),
    mechanic_id: String(random.integer(1, 24)),
    started: isoSeconds(started),
    took: `${String(random.integer(0, 30)).padStart(2, '0')}:${String(random.integer(0, 59)).padStart(2, '0')}:00`,
    state: random.pick(['open', 'done', 'given up']),
    cost: random.chance(85) ? `${random.integer(0, 400)}.${String(random.integer(0, 99)).padStart(2, '0')}` : null,
    notes: remark(random),
    warranty: random.chance(15) ? '1' : '0',
  };
}

const MECHANIC = [
  'mechanic_id smallint unsigned',
  'name varchar(120)',
  'active tinyint(1)',
  'hired date',
  'certified year',
];
const PART = [
  'part_id bigint unsigned',
  'sku char(8)',
  'name varchar(80)',
  'price decimal(10,2)',
  'weight_kg double',
  'updated timestamp',
];
const REPAIR = [
  'bike_id int unsigned',
  'started datetime',
  'took time',
  "state enum('open','done','given up')",
  'notes longtext',
];

export function workshopDumps(): ExampleDump[] {
  return [
    {
      file: 'workshop_r1.zip',
      tables: [
        { name: 'mechanics', columns: columns(...MECHANIC), rows: rowsOf(24, mechanic) },
        { name: 'parts', columns: columns(...PART, 'stock smallint'), rows: rowsOf(600, part) },
        {
          name: 'repairs',
          columns: columns('repair_id int unsigned', ...REPAIR, 'mechanic_id smallint unsigned', 'cost decimal(8,2)'),
          rows: rowsOf(3_000, repair),
        },
      ],
    },
    {
      file: 'workshop_r2.zip',
      tables: [
        {
          name: 'mechanics',
          columns: columns(
            ...MECHANIC,
            "level enum('apprentice','journeyman','master')",
            'skills json',
            'shift_start time',
          ),
          rows: rowsOf(30, mechanic),
        },
        { name: 'parts', columns: columns(...PART, 'stock mediumint'), rows: rowsOf(900, part) },
        {
          name: 'repairs',
          columns: columns(
            'repair_id bigint unsigned',
            ...REPAIR,
            'mechanic_id smallint unsigned',
            'cost decimal(10,2)',
            'warranty tinyint(1)',
          ),
          rows: rowsOf(5_000, repair),
        },
      ],
    },
  ];
}
