/** What reading a property that was not given yields: it remembers which, and no filter but `default` and the tests take it away. */
export class Missing {
  /** As the template names it: `custom.order.total`. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

/** Thrown inside a rendering that takes too many steps or grows too large (row T02). Never leaves `render`. */
export class LimitExceeded extends Error {
  override readonly name = 'LimitExceeded';
}

/** Thrown inside a rendering whose values do not fit the template. The message names no value. Never leaves `render`. */
export class RenderFailure extends Error {
  override readonly name = 'RenderFailure';
}
