/**
 * Lines after which a notice returns the message itself, or its header. What follows is our own mail, so no word of it
 * counts.
 */
export const originalMarks: readonly RegExp[] = [
  // A rule of dashes with a title: qmail, sendmail, Exim, Yahoo, GMX, Lotus Notes and others.
  /^[ \t|]{0,8}[-=_*~]{2,60}[^\n]{0,40}\b(?:original|returned|unsent|copy of|header of|header follows|undelivered message|below this line|(?:message|mail) (?:text|header|follows|body|below)|text of your|mensaje|nachricht|message d'origine)\b/im,
  // A sentence that ends the line.
  /^[ \t]{0,20}(?:the |your |a |here is |included is |below is |attached is |this is )?(?:(?:a |the )?(?:copy|header|summary|first (?:part|\d{1,4} lines?)) of )?[^\n.:]{0,40}\b(?:original|returned|undelivered|unsent) (?:message|mail|e-?mail)\b[^\n]{0,60}(?:follows?|below|attached|details?|headers?|received is|returned)\b[^\n]{0,30}[.:]?[ \t]*$/im,
  /^[ \t]{0,20}(?:a |the )?(?:copy|header) of (?:it|the (?:original )?message|your (?:original )?message)\b[^\n]{0,60}:[ \t]*$/im,
  /^[ \t]{0,20}(?:included|here|below|following) is (?:a |the )?(?:copy|header|first)\b[^\n]{0,60}/im,
  /^[ \t]{0,20}(?:original|returned) (?:message|mail)[ \t]{0,4}:?[ \t]*$/im,
  /^[ \t]{0,20}message (?:headers?|contents?|body|text) follows?:?[ \t]*$/im,
  /^[ \t]{0,20}(?:-{2,}[^\n]{0,5})?(?:mensaje original|ursprüngliche nachricht|message d'origine|messaggio originale|元のメッセージ|原始邮件|附件中的内容是原邮件)/im,
  // Postfix, where the parts of a report came as one text.
  /^Content-Description: (?:Undelivered|Delivery report)/im,
];

/** A field that only a header has. Two fields right behind it make it the beginning of a returned header. */
export const headerBegin =
  /^(?:> ?)?[ \t]{0,4}(?:Received|Return-Path|DKIM-Signature|Message-ID|MIME-Version|X-[\w-]{1,40}|Delivered-To|Content-Type):[^\n]{0,990}\n(?:(?:> ?)?[ \t]{1,12}[^\n]{0,990}\n){0,12}(?:> ?)?[ \t]{0,8}[!-9;-~]{2,40}:[ \t]/m;
