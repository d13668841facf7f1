/** A reply other than 250; smtp-server writes `responseCode` and the message, which begins with the enhanced code. */
export class SmtpRefusal extends Error {
  readonly responseCode: number;

  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

/** The same for every address that is none of ours, so that nothing can be learnt by asking. */
export const noSuchAddress = () => new SmtpRefusal(550, '5.1.1 There is no such address here');
export const tooManyUnknown = () => new SmtpRefusal(421, '4.7.0 Too many unknown recipients');
export const tooManyRecipients = () => new SmtpRefusal(452, '4.5.3 Too many recipients for one message');
export const cannotStore = () => new SmtpRefusal(451, '4.3.0 Cannot take mail now, try again later');
export const tooLarge = () => new SmtpRefusal(552, '5.3.4 Message too large');
export const connectionLost = () => new SmtpRefusal(451, '4.4.2 The connection was lost');
