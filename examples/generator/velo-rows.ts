/** The rows of `velo`'s tables, in MSSQL's spelling. Row number n is the same in every release. */
import type { Row } from './dump.ts';
import { Random } from './random.ts';
import { isoDate, minutesAfter, mssqlDatetime, mssqlDatetime2 } from './times.ts';
import { CITIES, mailbox, personName, remark, STREETS } from './words.ts';

const FOUNDED = Date.UTC(2016, 3, 4, 5, 30);

export function station(number: number): Row {
  const random = new Random(`stations/${number}`);
  const name = `${random.pick(STREETS)} ${random.integer(1, 120)}`;
  return {
    station_id: String(number),
    name,
    city: random.pick(CITIES),
    latitude: `${random.integer(36, 55)}.${String(random.integer(0, 999_999)).padStart(6, '0')}`,
    longitude: `-${random.integer(1, 8)}.${String(random.integer(0, 999_999)).padStart(6, '0')}`,
    capacity: String(random.integer(6, 40)),
    opened: mssqlDatetime(minutesAfter(FOUNDED, number * 1777)),
    external_id: uuid(random),
    layout: `<layout docks="${random.integer(6, 40)}"><pump/>${random.chance(50) ? '<terminal kind="card &amp; coin"/>' : ''}</layout>`,
  };
}

export function bike(number: number): Row {
  const random = new Random(`bikes/${number}`);
  const electric = random.chance(35);
  return {
    bike_id: String(number),
    frame_number: `VL-${random.hexadecimal(4).toUpperCase()}`,
    model: random.pick(['Möwe', 'Pélican', 'Swift 7', 'Cargo "XL"']),
    purchased: isoDate(minutesAfter(FOUNDED, number * 2200)),
    price: `${random.integer(350, 4200)}.${random.pick(['0000', '5000', '9900'])}`,
    electric: electric ? '1' : '0',
    lock_key: random.chance(90) ? `0x${random.hexadecimal(8).toUpperCase()}` : null,
    battery_wh: electric ? String(random.integer(250, 625)) : null,
    retired: random.chance(5) ? mssqlDatetime(minutesAfter(FOUNDED, number * 2200 + 500_000)) : null,
  };
}

export function member(number: number): Row {
  const random = new Random(`members/${number}`);
  const name = personName(random);
  return {
    member_id: String(number),
    member_key: uuid(random),
    name,
    email: random.chance(95) ? `${mailbox(name)}.${number}@velo.example` : null,
    joined: mssqlDatetime(minutesAfter(FOUNDED, number * 311)),
    remarks: remark(random),
    newsletter: random.chance(40) ? '1' : '0',
    balance: `${random.chance(10) ? '-' : ''}${random.integer(0, 80)}.${String(random.integer(0, 9999)).padStart(4, '0')}`,
  };
}

export function ride(number: number): Row {
  const random = new Random(`rides/${number}`);
  const started = minutesAfter(FOUNDED, number * 37 + random.integer(0, 30));
  const minutes = random.integer(3, 95);
  return {
    ride_id: String(number),
    member_id: String(random.integer(1, 1500)),
    bike_id: String(random.integer(1, 400)),
    from_station: String(random.integer(1, 60)),
    to_station: random.chance(97) ? String(random.integer(1, 60)) : null,
    started: mssqlDatetime(started),
    ended: random.chance(99) ? mssqlDatetime2(minutesAfter(started, minutes), random.integer(0, 99) * 100_000) : null,
    metres: String(minutes * random.integer(150, 320)),
    price: `${Math.floor(minutes / 10)}.${random.pick(['0000', '5000'])}`,
    discount: random.chance(20) ? `${random.integer(1, 25)}.50` : null,
    rating: random.chance(60) ? String(random.integer(1, 5)) : null,
  };
}

export function incident(number: number): Row {
  const random = new Random(`incidents/${number}`);
  const reported = minutesAfter(FOUNDED, number * 4001);
  return {
    incident_id: String(number),
    bike_id: String(random.integer(1, 400)),
    reported: `${mssqlDatetime2(reported, random.integer(0, 9_999_999))} ${random.pick(['+00:00', '+01:00', '+02:00'])}`,
    description: `${random.pick(['flat tyre', 'brake loose', 'chain lost', 'saddle gone'])}\n${random.pick(['rear | front', '`urgent`', 'seen at the café', ''])}`,
    severity: String(random.integer(0, 255)),
    photo: random.chance(40) ? `0x${random.hexadecimal(24).toUpperCase()}` : null,
  };
}

/** MSSQL prints a uniqueidentifier in capitals. */
function uuid(random: Random): string {
  return random
    .hexadecimal(16)
    .toUpperCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
