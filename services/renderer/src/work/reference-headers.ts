import type { AccountId, EmailId, StatusId } from '@posthorn/contracts';

/** The fields by which a complaint, and whoever reads a mail's source, finds its send. */
export function referenceHeadersOf({
  statusId,
  accountId,
  emailId,
}: Readonly<{ statusId: StatusId; accountId: AccountId; emailId: EmailId }>): {
  name: string;
  value: string;
}[] {
  return [
    { name: 'X-Posthorn-MID', value: statusId },
    // Gmail's postmaster tools count complaints by these; the last field names the sender.
    { name: 'Feedback-ID', value: `${emailId}:${accountId}:transactional:posthorn` },
  ];
}
