import { createServer } from 'node:http';
import process from 'node:process';

/** The yardstick for opens and clicks: a `node:http` server that answers the same bytes and does nothing else. */
const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const server = createServer((_req, res) => {
  res.writeHead(200, {
    'content-type': 'image/gif',
    'content-length': gif.length,
    'cache-control': 'no-store',
  });
  res.end(gif);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' && address ? address.port : 0);
});
