/** HubL's operators of two sides that Posthorn knows. */
export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '//'
  | '%'
  | '~'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | 'and'
  | 'or';

export type Argument = Readonly<{ name?: string; value: Expression }>;

/** A parsed HubL expression; `at` is the offset of its first character in the template. */
export type Expression =
  | { kind: 'literal'; at: number; value: string | number | boolean | null }
  | { kind: 'list'; at: number; items: readonly Expression[] }
  | { kind: 'name'; at: number; name: string }
  | { kind: 'member'; at: number; object: Expression; key: Expression }
  | { kind: 'call'; at: number; callee: Expression; args: readonly Argument[] }
  | { kind: 'filter'; at: number; input: Expression; name: string; args: readonly Argument[] }
  | { kind: 'test'; at: number; input: Expression; name: string; args: readonly Argument[]; negated: boolean }
  | { kind: 'binary'; at: number; operator: BinaryOperator; left: Expression; right: Expression }
  | { kind: 'not'; at: number; operand: Expression }
  | { kind: 'negative'; at: number; operand: Expression }
  | { kind: 'choice'; at: number; condition: Expression; then: Expression; otherwise: Expression };
