/**
 * The rules that hold where no file says otherwise: those of infra/shaping.yaml, where the comments are. The limits are what
 * KumoMTA's published shaping data starts from, made slower for the rates; the replies are the receivers' own documentation.
 */
export const defaultRulesInput = {
  defaults: {
    connections: 10,
    messagesPerConnection: 100,
    messageRate: '100/s',
    replies: [
      {
        id: 'session-full',
        says: '(messages|recipients|mails|transactions).{0,30}(per|in this|on this|for this|in one) (connection|session)',
        do: 'nothing',
      },
      {
        id: 'too-many-connections',
        says: '(too many|maximum|exceed\\w*|concurrent).{0,30}(connections|sessions)',
        do: 'slow',
        slow: {
          connections: 2,
        },
        for: '15m',
        recover: {
          over: '15m',
          steps: 3,
        },
      },
      {
        id: 'address-blocked',
        class: ['ip-blocked', 'ip-unidentified'],
        after: '5/10min',
        do: 'suspend',
        for: '1h',
        recover: {
          over: '2h',
          steps: 8,
        },
      },
      {
        id: 'told-to-slow-down',
        class: ['throttled', 'receiver-unavailable', 'temporary-problem', 'unclassified', 'policy'],
        says: 'temporarily deferred|rate.?limit|server (is )?(too )?busy|slow down|too (fast|quickly)',
        after: '3/10min',
        do: 'slow',
        slow: {
          messageRate: '10/min',
          connections: 1,
        },
        for: '30m',
        recover: {
          over: '1h',
          steps: 6,
        },
      },
    ],
  },
  sites: {
    'google.com': {
      connections: 5,
      messagesPerConnection: 50,
      messageRate: '50/s',
      replies: [
        {
          id: 'unusual-rate',
          class: ['throttled'],
          says: 'unusual rate',
          after: '2/h',
          do: 'slow',
          slow: {
            messageRate: '10/min',
            connections: 1,
          },
          for: '30m',
          recover: {
            over: '1h',
            steps: 6,
          },
          source: 'https://support.google.com/a/answer/3726730',
        },
        {
          id: 'held-for-spam',
          class: ['ip-blocked', 'ip-unidentified'],
          says: 'system has detected that this message',
          after: '5/h',
          do: 'suspend',
          for: '1h',
          recover: {
            over: '2h',
            steps: 8,
          },
          source: 'https://support.google.com/a/answer/3726730',
        },
      ],
    },
    'yahoodns.net': {
      connections: 5,
      messagesPerConnection: 20,
      messageRate: '25/s',
      replies: [
        {
          id: 'blocked',
          says: 'TS03|TSS09|permanently deferred',
          do: 'suspend',
          for: '12h',
          recover: {
            over: '6h',
            steps: 12,
          },
          source: 'https://senders.yahooinc.com/smtp-error-codes/',
        },
        {
          id: 'complaints',
          says: 'TSS?04',
          do: 'suspend',
          for: '2h',
          recover: {
            over: '2h',
            steps: 8,
          },
          source: 'https://senders.yahooinc.com/smtp-error-codes/',
        },
        {
          id: 'traffic',
          says: 'TSS?0[12]',
          after: '3/h',
          do: 'slow',
          slow: {
            messageRate: '1/min',
            connections: 1,
          },
          for: '30m',
          recover: {
            over: '1h',
            steps: 6,
          },
          source: 'https://senders.yahooinc.com/smtp-error-codes/',
        },
      ],
    },
    'olc.protection.outlook.com': {
      connections: 5,
      messagesPerConnection: 50,
      messageRate: '25/s',
      replies: [
        {
          id: 'rate-limited',
          says: 'RP-00[1-3]|4\\.7\\.65[01]|rate limited',
          do: 'slow',
          slow: {
            messageRate: '10/min',
            connections: 1,
          },
          for: '1h',
          recover: {
            over: '2h',
            steps: 8,
          },
          source: 'https://sendersupport.olc.protection.outlook.com/pm/troubleshooting',
        },
        {
          id: 'block-list',
          says: 'S3150|S3140|on our block list',
          do: 'suspend',
          for: '4h',
          recover: {
            over: '4h',
            steps: 8,
          },
          source: 'https://sendersupport.olc.protection.outlook.com/pm/troubleshooting',
        },
      ],
    },
    'mail.protection.outlook.com': {
      connections: 5,
      messagesPerConnection: 50,
      messageRate: '25/s',
      replies: [
        {
          id: 'busy',
          says: '4\\.7\\.(5|6)\\d\\d|server busy',
          after: '3/10min',
          do: 'slow',
          slow: {
            messageRate: '10/min',
            connections: 1,
          },
          for: '30m',
          recover: {
            over: '1h',
            steps: 6,
          },
          source:
            'https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online',
        },
      ],
    },
    'mx.microsoft': {
      connections: 5,
      messagesPerConnection: 50,
      messageRate: '25/s',
      replies: [
        {
          id: 'busy',
          says: '4\\.7\\.(5|6)\\d\\d|server busy',
          after: '3/10min',
          do: 'slow',
          slow: {
            messageRate: '10/min',
            connections: 1,
          },
          for: '30m',
          recover: {
            over: '1h',
            steps: 6,
          },
          source:
            'https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online',
        },
      ],
    },
    'icloud.com': {
      connections: 10,
      messagesPerConnection: 5,
      messageRate: '20/s',
      replies: [
        {
          id: 'too-much',
          says: 'excessive volume|too many messages',
          after: '5/10min',
          do: 'slow',
          slow: {
            messageRate: '10/min',
            connections: 1,
          },
          for: '30m',
          recover: {
            over: '1h',
            steps: 6,
          },
          source: 'https://support.apple.com/102322',
        },
      ],
    },
  },
};
