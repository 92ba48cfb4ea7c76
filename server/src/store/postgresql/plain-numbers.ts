// PostgreSQL's count() and sum() as JavaScript numbers.
import pg from 'pg'

// int8 and numeric, which the driver gives as text: no total of ours is above 2^53-1.
const INT8 = 20
const NUMERIC = 1700

/** For a pool's or a client's `types`. */
export const plainNumbers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 || oid === NUMERIC
      ? Number
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
}
