/** `velo`: a fictional bike-sharing company, kept in MSSQL. Three releases, each a snapshot of a database that grew and changed. */
import { columns, rowsOf, type ExampleColumn, type ExampleDump, type Row } from './dump.ts';
import { bike, incident, member, ride, station } from './velo-rows.ts';

type Version = 'v1' | 'v2' | 'v3';

interface VeloTable {
  readonly name: string;
  readonly row: (number: number) => Row;
  /** Columns and number of rows by version; other versions do not have the table. */
  readonly versions: Partial<Record<Version, { readonly rows: number; readonly columns: readonly ExampleColumn[] }>>;
}

const stations: VeloTable = {
  name: 'stations',
  row: station,
  versions: {
    v1: {
      rows: 60,
      columns: columns(
        'station_id int',
        'name nvarchar(80)',
        'city nvarchar(40)',
        'capacity tinyint',
        'opened datetime',
      ),
    },
    v2: {
      rows: 90,
      columns: columns(
        'station_id int',
        'external_id uniqueidentifier',
        'name nvarchar(80)',
        'city nvarchar(40)',
        'latitude decimal(9,6)',
        'longitude decimal(9,6)',
        'capacity smallint',
        'opened datetime',
      ),
    },
    v3: {
      rows: 120,
      columns: columns(
        'station_id int',
        'external_id uniqueidentifier',
        'name nvarchar(120)',
        'latitude decimal(9,6)',
        'longitude decimal(9,6)',
        'capacity int',
        'opened datetime',
        'layout xml',
      ),
    },
  },
};

const bikes: VeloTable = {
  name: 'bikes',
  row: bike,
  versions: {
    v1: {
      rows: 400,
      columns: columns(
        'bike_id int',
        'frame_number varchar(20)',
        'model nvarchar(60)',
        'purchased date',
        'price smallmoney',
        'electric bit',
      ),
    },
    v2: {
      rows: 700,
      columns: columns(
        'bike_id int',
        'frame_number varchar(20)',
        'model nvarchar(60)',
        'purchased date',
        'price money',
        'electric bit',
        'battery_wh int',
        'lock_key varbinary(16)',
      ),
    },
    v3: {
      rows: 1000,
      columns: columns(
        'bike_id bigint',
        'frame_number varchar(20)',
        'model nvarchar(60)',
        'purchased date',
        'price money',
        'battery_wh int',
        'lock_key varbinary(16)',
        'retired datetime',
      ),
    },
  },
};

const members: VeloTable = {
  name: 'members',
  row: member,
  versions: {
    v1: {
      rows: 1500,
      columns: columns(
        'member_id int',
        'name nvarchar(120)',
        'email varchar(200)',
        'joined smalldatetime',
        'remarks nvarchar(max)',
        'newsletter bit',
      ),
    },
    v2: {
      rows: 2600,
      columns: columns(
        'member_id int',
        'member_key uniqueidentifier',
        'name nvarchar(120)',
        'email varchar(200)',
        'joined datetime',
        'remarks nvarchar(max)',
        'newsletter bit',
      ),
    },
    v3: {
      rows: 4000,
      columns: columns(
        'member_id bigint',
        'member_key uniqueidentifier',
        'name nvarchar(120)',
        'email varchar(200)',
        'joined datetime',
        'remarks nvarchar(max)',
        'balance money',
      ),
    },
  },
};

const rides: VeloTable = {
  name: 'rides',
  row: ride,
  versions: {
    v1: {
      rows: 10_000,
      columns: columns(
        'ride_id int',
        'member_id int',
        'bike_id int',
        'from_station int',
        'to_station int',
        'started datetime',
        'ended datetime2(7)',
        'price smallmoney',
      ),
    },
    v2: {
      rows: 18_000,
      columns: columns(
        'ride_id int',
        'member_id int',
        'bike_id int',
        'from_station int',
        'to_station int',
        'started datetime',
        'ended datetime2(7)',
        'metres int',
        'price money',
        'rating tinyint',
      ),
    },
    v3: {
      rows: 30_000,
      columns: columns(
        'ride_id bigint',
        'member_id bigint',
        'bike_id bigint',
        'from_station int',
        'to_station int',
        'started datetime',
        'ended datetime2(7)',
        'metres int',
        'price money',
        'discount decimal(5,2)',
        'rating tinyint',
      ),
    },
  },
};

const incidents: VeloTable = {
  name: 'incidents',
  row: incident,
  versions: {
    v2: {
      rows: 150,
      columns: columns(
        'incident_id int',
        'bike_id int',
        'reported datetimeoffset(7)',
        'description nvarchar(max)',
        'severity tinyint',
      ),
    },
    v3: {
      rows: 320,
      columns: columns(
        'incident_id int',
        'bike_id bigint',
        'reported datetimeoffset(7)',
        'description nvarchar(max)',
        'severity tinyint',
        'photo image',
      ),
    },
  },
};

export function veloDumps(): ExampleDump[] {
  return (['v1', 'v2', 'v3'] as const).map((version) => ({
    file: `velo_${version}.zip`,
    tables: [bikes, incidents, members, rides, stations].flatMap(({ name, row, versions }) => {
      const found = versions[version];
      return found === undefined ? [] : [{ name, columns: found.columns, rows: rowsOf(found.rows, row) }];
    }),
  }));
}
