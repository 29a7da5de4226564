// The peer: socket.io with its Redis adapter, as its documentation sets it up. It stores nothing.
const { createServer } = require("http");
const { Server } = require("socket.io");
const { createAdapter } = require("@socket.io/redis-adapter");
const { createClient } = require("redis");

const http = createServer();
const options = process.env.REDIS_SOCKET ? { socket: { path: process.env.REDIS_SOCKET } } : { url: process.env.REDIS_URL };
const pub = createClient(options), sub = pub.duplicate();

Promise.all([pub.connect(), sub.connect()]).then(() => {
  const io = new Server(http, { transports: ["websocket"], adapter: createAdapter(pub, sub) });
  io.on("connection", (socket) => {
    let room;
    socket.on("join", (pair, done) => { room = pair; socket.join(pair); done(); });
    socket.on("m", (text) => socket.to(room).emit("m", text));
  });
  http.listen(Number(process.env.PORT), "127.0.0.1");
});
