/**
 * What mail servers write into the notices that they send, of every form that we know. All of it is data: a new form
 * is a new alternative here, and a message in `fixtures` that shows it.
 *
 * Sources: qmail (cr.yp.to/proto/qsbmf.txt), Postfix (bounce(5)), Exim (its manual, "Customizing bounce and warning
 * messages"), sendmail (cf/README), OpenSMTPD (smtpd/bounce.c), Courier, Exchange and Outlook.com
 * (learn.microsoft.com, "NDR in Exchange"), Gmail (support.google.com/mail, "bounced or rejected emails"), Yahoo,
 * GMX and 1&1, Lotus Notes and Domino, GroupWise, IMail, MailEnable, InterScan, m-FILTER, X3, and phone carriers.
 */

/** The names and addresses by which servers sign their notices. */
export const serverNames =
  /\b(?:mail(?:er)?[-_. ]?daemon|post[-_. ]?master|mail[-. ]deliver(?:y|er)?[-. ](?:sub)?system|delivery[-_. ]subsystem|mail delivery (?:service|agent)|smtp_mail_service|(?:mail|system) administrator|sysadmin|mdaemon|imss|(?:mail|smtp)[-_ ]?gateway|bounces?(?=@)|delivery[-_. ]?(?:status|failure)|non[-_ ]?delivery|microsoftexchange[0-9a-f]{8,32})\b|^\s*<>\s*$/i;

/** Remarks that gateways put below a notice. They say nothing of the delivery. */
export const disclaimerWords =
  /scanned (?:for|by)\b|only by the addressee|received this (?:message|e-?mail) in error|\bconfidential|\bprivileged|intended (?:solely|only) for|disclaimer/i;

/** A server says that it did not deliver. Sought in subject and text. */
export const failureWords =
  /automatically rejected|non[- ]remis|undeliver(?:able|ed)|\b(?:un|not )able to (?:be )?deliver|could ?n[o']t be (?:delivered|sent|reached)|(?:cannot|can ?not|can't|was not|wasn't|were not|not been|not|never) (?:yet )?(?:be(?:en)? )?(?:delivered|collected)|not (?:yet )?(?:be(?:en)? )?delivered|did ?n[o']t (?:reach|arrive|receive)|did not exactly match|could not send|deliver(?:y|ed|ing)?\b[^.\n]{0,60}\b(?:fail|delay|abort|error|problem|unsuccessful|postponed|not possible|warning|incomplete)|fail(?:ed|ure|ing)?\b[^.\n]{0,40}\b(?:deliver|address|recipient|mail|notice)|mail (?:delivery )?(?:system )?(?:error|failure|failed)|returned? (?:mail|to sender|message)|returning (?:message|to sender)|permanent (?:fatal )?error|fatal error|message (?:status|delivery)[^\n]{0,20}(?:undeliver|fail)|(?:unknown|invalid|no such|bad) (?:user|recipient|address|mailbox)|user (?:unknown|not found|does ?n[o']t exist)|not (?:a )?(?:known|valid) (?:user|address)|may not exist|permission to post|mailbox (?:is |was )?(?:full|over|exceed|not found|unavailable|unknown)|(?:quota|allowed size)\b|no (?:valid|such) recipient|error (?:has )?occurred[^.\n]{0,40}(?:deliver|send)|delivery status notification|non[- ]?delivery|malformed address|address (?:was )?not found|message (?:you sent )?(?:was |not )?(?:blocked|rejected|refused|not (?:accepted|delivered))|rejected your (?:mail|message)|\berror:[^\n]{0,60}(?:user|address|mailbox)|exceed(?:s|ed|ing)?[^.\n]{0,40}(?:size|limit)|haven't been able to deliver|\bsmtp error\b/i;

/** The same in other languages. */
export const foreignFailureWords =
  /送信できませんでした|届けられませんでした|配信(?:できません|に失敗|不能)|送信エラー|送达|无法(?:发送|投递|送达)|退信|投递失败|传输失败|邮件系统退信|無法(?:傳送|投遞)|unzustellbar|nicht zugestellt|zustellung[^\n]{0,40}fehl|konnte nicht (?:zu)?gestellt|non (?:remis|distribu|livr|d[ée]livr)|n'a pas (?:pu )?[êe]tre? (?:remis|livr|distribu|d[ée]livr)|[ée]chec de (?:la )?(?:remise|distribution|livraison)|no (?:se )?(?:pudo|ha podido|fue posible)[^\n]{0,30}entreg|n[ãa]o (?:p[ôo]de|foi poss[íi]vel|pode)[^\n]{0,30}(?:entreg|enviad)|impossibile (?:recapitare|consegnare)|mancata consegna|non [èe] stato (?:possibile )?(?:recapita|consegna)|niedostarcz|nie (?:zosta[łl]a )?dostarcz|не (?:может быть |было |удалось )?доставлен|недоставлен|kunde inte levereras|ikke leveres|kon niet worden (?:af)?geleverd|onbestelbaar|teslim edilemedi/i;

/** A server that still tries says so in these words, whatever else it says. */
export const retryWords =
  /this is (?:only )?a warning|warning (?:message )?only|advisory[- ]only|(?:do not|don't|no) need to (?:re-?)?send|not have to re-?send|will (?:be )?(?:re-?tr(?:y|ied)|(?:continue|keep|go on)\b[^.\n]{0,20}tr(?:y|ied)|try again)|(?:continue|keep) (?:to try|trying)|still (?:being )?(?:re-?tr(?:ied|ying)|tr(?:ied|ying))|attempts? (?:to deliver[^.\n]{0,40})?will (?:be made|continue)|still awaiting delivery|has(?:n['’]t| not) been delivered yet|not yet been delivered|delivery incomplete|(?:could|can) ?not (?:be )?sen[dt][^\n]{0,20} for (?:the )?(?:past|last)|(?:再送|再度送信)|wird (?:weiter(?:hin)?|erneut) versuch|nouvelle tentative/i;

/** A server that gave up says so in these words, even if it tells how it still tried. */
export const gaveUpWords =
  /(?:have|has|been|I've|now) given up|giving up on|no (?:further|more) (?:delivery )?(?:attempts?|tr(?:y|ies))|will not be re-?tried|(?:not|n't) going to try|not be tried again|failed permanently/i;

/** A server that may still try says so in these words, unless it also says that it gave up. */
export const delayWords =
  /\b(?:delayed|postponed|deferred|delay)\b|\bwarning\b|verz[öo]ger|retard[ée]e?\b|temporar(?:y|ily) (?:fail|unable|unavail)/i;

/** A server gave up, whatever it tells of the time before. */
export const finalWords =
  /(?:unknown|no such|invalid) (?:user|recipient|address|mailbox)|user (?:unknown|not found)|g(?:iven?|ave|iving) up|no (?:further|more)[^.\n]{0,30}(?:attempt|tr(?:y|ies)|retr)|(?:will|am|is|are|be)(?: not|n't)(?: going to)?(?: be)? (?:re-?)?(?:try|tried)|permanent(?:ly)?\b|\bfatal\b|undeliver|return(?:ed|ing) (?:mail|to sender|message|to you)|too long|expired|retry (?:time-?out|time) (?:exceeded|not reached)|could ?n[o']t be delivered|has (?:now )?failed|delivery (?:status )?(?:notification )?\(?fail|\bfailure\b|aborted/i;

/** A server says that it delivered, or passed on. */
export const successSubject =
  /\(success\)|^(?:delivered|zugestellt):|success(?:ful)? (?:mail )?delivery|delivery (?:receipt|confirmation)/i;
export const relaySubject = /\(relay(?:ed)?\)|^relayed:/i;

/** An answer that a mailbox gives when a message was read, or deleted unread. */
export const receiptSubject =
  /^(?:read|not read|gelesen|ungelesen gel[öo]scht|lu|non lu|le[íi]do|lido|letto)\s?:/i;
