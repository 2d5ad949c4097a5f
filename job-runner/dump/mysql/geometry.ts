const GEOMETRY =
  /^(?:geometry|point|linestring|polygon|multipoint|multilinestring|multipolygon|geomcollection|geometrycollection)$/;

/** Whether MySQL's type, in lower case, is one of places and figures. https://dev.mysql.com/doc/refman/9.4/en/spatial-type-overview.html */
export function isGeometry(type: string): boolean {
  return GEOMETRY.test(type);
}
