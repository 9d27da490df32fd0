// An SMS centre for the tests: the npm package smpp, and faults on demand.
// Prints its port; takes one JSON command a line on stdin, prints one JSON event a line.
'use strict';
const readline = require('readline');
const fs = require('fs');
const smpp = require('smpp');

const sessions = { tx: new Set(), rx: new Set() };
let behaviour = { mode: 'accept' };
let accepted = 0;

const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');
const octets = (pdu) => {
  const message = pdu.message_payload !== undefined ? pdu.message_payload : pdu.short_message;
  const field = message && message.message !== undefined ? message.message : message;
  return Buffer.isBuffer(field) ? field.toString('hex') : String(field);
};

// "node smpp_server.js certificate.pem key.pem" speaks TLS
const [certificate, key] = process.argv.slice(2);
const options = certificate ? { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) } : {};
const server = smpp.createServer(options, (session) => {
  const sockets = session.socket;
  session.on('error', () => session.destroy());
  for (const kind of ['bind_transmitter', 'bind_receiver', 'bind_transceiver']) {
    session.on(kind, (pdu) => {
      if (behaviour.mode === 'mute-bind') return;
      if (pdu.system_id !== 'shop' || pdu.password !== 'secret') {
        session.send(pdu.response({ command_status: smpp.ESME_RBINDFAIL }));
        return session.close();
      }
      session.send(pdu.response({ system_id: 'centre' }));
      const role = kind === 'bind_receiver' ? 'rx' : 'tx';
      sessions[role].add(session);
      session.on('close', () => sessions[role].delete(session));
      tell({ event: 'bound', kind, version: pdu.interface_version });
    });
  }
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
  session.on('enquire_link', (pdu) => { if (behaviour.mode !== 'frozen') session.send(pdu.response()); });
  session.on('deliver_sm_resp', (pdu) => tell({ event: 'delivered', status: pdu.command_status }));
  session.on('submit_sm', (pdu) => {
    const seen = {
      event: 'submitted', to: pdu.destination_addr, to_ton: pdu.dest_addr_ton, from: pdu.source_addr,
      from_ton: pdu.source_addr_ton, coding: pdu.data_coding, receipt: pdu.registered_delivery,
      payload: pdu.message_payload !== undefined, text: octets(pdu),
      valid_until: pdu.validity_period || null,
    };
    const answer = () => session.send(pdu.response({ message_id: `m${++accepted}` }));
    switch (behaviour.mode) {
      case 'accept': tell({ ...seen, taken: true }); return answer();
      case 'refuse': tell({ ...seen, taken: false }); return session.send(pdu.response({ command_status: behaviour.status }));
      case 'accept-then-cut': tell({ ...seen, taken: true }); return sockets.destroy();
      case 'drop': tell({ ...seen, taken: false }); return;
      case 'late': tell({ ...seen, taken: true }); return setTimeout(answer, behaviour.after);
      case 'nonsense': tell({ ...seen, taken: true }); return sockets.write(Buffer.from(behaviour.hex, 'hex'));
      case 'other-first':
        tell({ ...seen, taken: true });
        session.enquire_link();
        session.send(new smpp.PDU('submit_sm_resp', { sequence_number: 4000, message_id: 'not-yours' }));
        return answer();
      case 'no-id': tell({ ...seen, taken: true }); return session.send(pdu.response({ message_id: '' }));
    }
  });
});

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const command = JSON.parse(line);
  if (command.do === 'behave') behaviour = command;
  if (command.do === 'deliver') for (const session of sessions.rx) session.deliver_sm(decoded(command.pdu));
  if (command.do === 'cut') for (const role of ['tx', 'rx']) for (const session of sessions[role]) session.destroy();
  if (command.do === 'raw') for (const session of sessions.rx) session.socket.write(Buffer.from(command.hex, 'hex'));
  tell({ event: 'done' });
}).on('close', () => process.exit(0));

function decoded(pdu) {
  if (pdu.hex) { pdu.short_message = Buffer.from(pdu.hex, 'hex'); delete pdu.hex; }
  return pdu;
}

server.listen(0, '127.0.0.1', () => tell({ port: server.address().port }));
