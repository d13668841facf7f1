import type { Document } from 'mongodb';

/** A document with an `_id` the tests choose. */
export type Row = Document & { _id: number | string };

/** Rows that the filters below are asked of. */
export function sampleRows(): Row[] {
  return [
    { _id: 1, n: 1, tags: ['x', 'y'], a: { b: 'p' } },
    { _id: 2, n: 2, tags: ['x'], a: { b: 'q' } },
    { _id: 3, n: 3, tags: [], a: { b: null } },
    { _id: 4, n: 4, tags: 'z', a: [{ b: 'p' }, { b: 'r' }] },
    { _id: 5, n: 5 },
    { _id: 6, text: 'Hello' },
  ];
}

/** Filters with the `_id`s of the sample rows they match. */
export const filterCases: [object, number[]][] = [
  [{ n: 3 }, [3]],
  [{ n: { $gt: 2, $lt: 5 } }, [3, 4]],
  [{ n: { $gte: 2, $lte: 3 } }, [2, 3]],
  [{ n: { $in: [1, 5, 9] } }, [1, 5]],
  [{ n: { $nin: [1, 5] } }, [2, 3, 4, 6]],
  [{ n: { $ne: 1 } }, [2, 3, 4, 5, 6]],
  [{ n: null }, [6]],
  [{ n: { $exists: false } }, [6]],
  [{ n: { $not: { $gte: 3 } } }, [1, 2, 6]],
  [{ tags: 'x' }, [1, 2]],
  [{ tags: { $all: ['x', 'y'] } }, [1]],
  [{ tags: { $size: 0 } }, [3]],
  [{ tags: ['x'] }, [2]],
  [{ tags: { $elemMatch: { $gt: 'x' } } }, [1]],
  [{ 'a.b': 'p' }, [1, 4]],
  [{ 'a.b': null }, [3, 5, 6]],
  [{ 'a.b': { $gt: 'p' }, n: { $lt: 4 } }, [2]],
  [{ a: { $elemMatch: { b: 'r' } } }, [4]],
  [{ $or: [{ n: 1 }, { tags: 'z' }] }, [1, 4]],
  [{ $nor: [{ n: 1 }, { tags: 'z' }] }, [2, 3, 5, 6]],
  [{ $and: [{ n: { $gt: 1 } }, { n: { $lt: 3 } }] }, [2]],
  [{ text: /^hell/i }, [6]],
  [{ text: { $regex: 'LLO', $options: 'i' } }, [6]],
  [{ n: { $type: 'number' }, tags: { $type: 'string' } }, [1, 2, 4]],
  [{ n: { $mod: [2, 1] } }, [1, 3, 5]],
  [{ $expr: { $gt: ['$n', 4] } }, [5]],
];

/** Projections of `{ _id: 1, a: 1, l: [{ k: 1, v: 2 }, { k: 2, v: 3 }, { k: 3 }] }`, found by `l.k: 2`. */
export const projectionCases: [Document, Document][] = [
  [{ l: { $slice: 1 } }, { _id: 1, a: 1, l: [{ k: 1, v: 2 }] }],
  [
    { l: { $slice: -1 }, a: 1 },
    { _id: 1, a: 1, l: [{ k: 3 }] },
  ],
  [
    { l: { $slice: [1, 1] }, a: 0 },
    { _id: 1, l: [{ k: 2, v: 3 }] },
  ],
  [{ l: { $elemMatch: { v: 3 } } }, { _id: 1, l: [{ k: 2, v: 3 }] }],
  [
    { l: { $elemMatch: { v: 9 } }, a: 1 },
    { _id: 1, a: 1 },
  ],
  [{ 'l.$': 1 }, { _id: 1, l: [{ k: 2, v: 3 }] }],
  [{ 'l.k': 1, _id: 0 }, { l: [{ k: 1 }, { k: 2 }, { k: 3 }] }],
  [
    { 'l.k': 0, a: 0 },
    { _id: 1, l: [{ v: 2 }, { v: 3 }, {}] },
  ],
  [{ sum: { $add: ['$a', 1] } }, { _id: 1, sum: 2 }],
  [{ _id: 1 }, { _id: 1 }],
];

export type UpdateCase = {
  from: object;
  update: object;
  to: object;
  options?: { where?: object; driver?: { arrayFilters?: object[] } };
};

/** Updates with what they make of one document. */
export const updateCases: UpdateCase[] = [
  { from: { a: 1 }, update: { $set: { b: { c: 1 } } }, to: { a: 1, b: { c: 1 } } },
  { from: { a: { b: 1, c: 2 } }, update: { $set: { 'a.b': 5 }, $unset: { 'a.c': 1 } }, to: { a: { b: 5 } } },
  { from: {}, update: { $set: { 'a.b.c': 1 } }, to: { a: { b: { c: 1 } } } },
  { from: { n: 1 }, update: { $inc: { n: 4, m: -1, 'h.7': 2 } }, to: { n: 5, m: -1, h: { 7: 2 } } },
  { from: { n: 2_147_483_647 }, update: { $inc: { n: 1 } }, to: { n: 2_147_483_648 } },
  { from: { n: 3 }, update: { $mul: { n: 2.5 } }, to: { n: 7.5 } },
  {
    from: { low: 3, high: 3 },
    update: { $min: { low: 2, x: 1 }, $max: { high: 2, y: 1 } },
    to: { low: 2, high: 3, x: 1, y: 1 },
  },
  { from: { l: [1] }, update: { $push: { l: 2, m: 'a' } }, to: { l: [1, 2], m: ['a'] } },
  {
    from: { l: [5, 1] },
    update: { $push: { l: { $each: [3, 4], $sort: -1, $slice: 3 } } },
    to: { l: [5, 4, 3] },
  },
  {
    from: { l: [1, 2] },
    update: { $push: { l: { $each: [9], $position: 0, $slice: -2 } } },
    to: { l: [1, 2] },
  },
  { from: { l: ['a'] }, update: { $addToSet: { l: { $each: ['a', 'b', 'b'] } } }, to: { l: ['a', 'b'] } },
  { from: { l: [1, 5, 8] }, update: { $pull: { l: { $gte: 5 } } }, to: { l: [1] } },
  { from: { l: [{ a: 1, b: 2 }, { a: 2 }] }, update: { $pull: { l: { a: 1 } } }, to: { l: [{ a: 2 }] } },
  { from: { l: [1, 2, 3] }, update: { $pullAll: { l: [1, 3] } }, to: { l: [2] } },
  { from: { l: [1, 2, 3] }, update: { $pop: { l: -1 } }, to: { l: [2, 3] } },
  { from: { a: 1, b: { c: 2 } }, update: { $rename: { a: 'z', 'b.c': 'd' } }, to: { b: {}, z: 1, d: 2 } },
  { from: { l: [{ k: 1 }, { k: 2 }] }, update: { $set: { 'l.1.k': 7 } }, to: { l: [{ k: 1 }, { k: 7 }] } },
  {
    from: {
      l: [
        { k: 1, s: 'a' },
        { k: 2, s: 'a' },
      ],
    },
    update: { $set: { 'l.$.s': 'b' } },
    to: {
      l: [
        { k: 1, s: 'a' },
        { k: 2, s: 'b' },
      ],
    },
    options: { where: { 'l.k': 2 } },
  },
  {
    from: { l: [{ k: 1 }, { k: 2 }, { k: 3 }] },
    update: { $set: { 'l.$[big].big': true }, $inc: { 'l.$[].k': 1 } },
    to: { l: [{ k: 2 }, { k: 3 }, { k: 4 }] },
    options: { driver: { arrayFilters: [{ 'big.k': { $gt: 100 } }] } },
  },
];
