// The npm package ws: rooms with numbered messages, a send a subscriber and message.
import { WebSocketServer } from 'ws';

const rooms = new Map();
const room = (name) => rooms.get(name) ?? rooms.set(name, { seq: 0, clients: new Set() }).get(name);
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), perMessageDeflate: false });

server.on('connection', (socket, request) => {
  const [, name, role] = request.url.split('/');
  const mine = room(name);
  if (role === 'listen') mine.clients.add(socket);
  socket.on('close', () => mine.clients.delete(socket));
  socket.on('message', (bytes) => {
    const { id, content } = JSON.parse(bytes);
    const frame = Buffer.from(JSON.stringify({ kind: 'message', group: name, seq: ++mine.seq, content }));
    for (const client of mine.clients) client.send(frame, { binary: false });
    socket.send(JSON.stringify({ kind: 'ack', id, seq: mine.seq }));
  });
});
