"""What a Socket.IO server does on the wire, one line each. Every id has a test or a row in DEVIATIONS.md.

A test says its ids at the front of its name: ``test_a3_a4_unknown_sid_is_code_1``. Letters: A requests, B handshake,
C polling, D CORS, E websocket, F heartbeat, G close, H upgrade, I other applications, J Socket.IO as Node's own tests
know it, W the wire beyond; X bad input. A second letter T marks lines that have no number of their own elsewhere.
"""

BEHAVIOURS = dict(
    line.split(" ", 1)
    for line in """\
A1 an unknown transport is code 0
A2 a missing transport is code 0
A3 an unknown sid is code 1
A4 an unknown sid of a POST is code 1
A5 a handshake by another method than GET is code 2
A6 transport=websocket without an upgrade is code 3
A7 the same with the sid of a polling session, which goes on
A8 PUT on a session is 500 without a body, and the session goes on
A9 with revision 3 off, every revision but 4 is code 5
A10 with revision 3 off, a websocket of it comes to nothing
A11 with revision 3 on, an unknown revision counts as 3
A12 allow_request refuses with a message: code 4 and 403
A13 allow_request refuses without one: "Forbidden"
A14 allow_request refuses a websocket: 400 and the message as a page
A15 a websocket with transport=polling is closed without a frame
A16 a websocket with an unknown transport: 400 and the message as a page
A17 a websocket with an unknown sid: the same
A18 a websocket without a query: 400
A19 a websocket without a key: 400
A20 garbage behind the websocket handshake kills that connection only
A21 a control character in Origin is 400
A22 the path is a prefix
A23 the path without its slash is 404
A24 the path without its slash is served with the option
B1 polling answers the open packet, as uncached text with its length
B2 a websocket session has no upgrades
B3 a server with polling only offers none and takes no websocket
B4 allow_upgrades off: none offered
B5 a server with websocket only answers polling with code 0
B6 the initial packet follows in the first payload
B7 the initial packet is the second frame
B8 the initial packet in revision 3
B9 the cookie, its name, path and attributes
B10 the cookie on the handshake's answer only
B11 no cookie on a websocket handshake
B12 the query reaches the application
B13 request headers reach the application
B14 the remote address reaches the application
B15 revision 3 with b64: a payload with its length in characters
B16 revision 3 without b64: still text while nothing is binary
B17 JSONP calls back with a payload
B18 JSONP works in revision 4
B19 the callback's index keeps digits only
B20 JSONP posts a form; line separators are escaped in answers
BT1 interval and timeout of pings are told in the handshake
BT2 ids made by the application, at once or awaited
BT3 a failure to make one is code 3, or refuses the websocket
C1 a POST is answered ok
C2 a poll is uncached text with its length in bytes
C3 octets on revision 4: 400 and the end
C4 a POST without Content-Type is fine
C5 a chunked POST is fine
C6 a POST over the limit: 413, not delivered, the session stays
C7 a POST of exactly the limit passes
C8 maxPayload is the limit
C9 a websocket message over the limit: close 1009
C10 an invalid packet in a POST: 400 and the end
C11 an empty POST: the same
C12 two polls at once: the first is closed, the second 400, the session gone
C13 two POSTs at once: the second 400, the session gone
C14 a poll aborted by the client ends the session at once
C15 POST and poll at the same time; connections closed or kept
C16 a payload keeps order, empty messages and binary
C17 base64 without padding is taken
C18 text of many bytes a character
C19 revision 3 counts UTF-16 units in text payloads
C20 revision 3 with binary payloads, both ways
C21 answers are compressed from the threshold, as the client accepts
C22 compression declined for one message
C23 X-XSS-Protection: 0 for Internet Explorer only
CT1 a POST of a million bytes in many pieces
CT2 three messages in one go arrive once each, in order
D1 a preflight of an allowed origin
D2 a GET of an allowed origin: origin and credentials only
D3 a preflight of another origin is not allowed
D4 a GET of another origin is served without headers
D5 every CORS option shows
D6 any origin: a star, and the headers asked for
D7 errors carry the same headers
D8 no headers without the option
D9 a websocket of another origin is accepted
E1 text stays text, binary binary, also empty
E2 base64 text is a binary message
E3 an invalid packet closes
E4 an empty text frame closes
E5 a close packet of the client is ignored
E6 the server closes with a close frame, without a packet
E7 what was sent before a close arrives first
E8 permessage-deflate is off by default
E9 permessage-deflate works
E10 open, upgrade and noop are ignored; a ping closes
E11 an unmasked frame: 1002
E12 binary of revision 3 has its type in front
E13 revision 3 with b64: base64 text
F1 pings at the interval; a pong keeps the session
F2 no pong over websocket: closed after interval and timeout
F3 no pong over polling: the same, and the pending poll is closed
F4 no poll at all: code 1 after interval and timeout
F5 a ping of a client of revision 4 ends the session
F6 a ping of revision 3 is answered without its data
F7 revision 3 without a ping: closed after interval and timeout
F8 a pong of a client of revision 3 ends the session
F9 messages do not replace a pong
FT1 the timeout alone ends nothing
FT2 large messages do not starve the heartbeat
G1 a close packet with a poll pending: the poll gets a noop
G2 a close packet without a poll: the end
G3 packets behind a close packet are ignored
G4 the server closes with a poll pending: the close packet
G5 the server closes without one: the next poll gets it
G6 a message and a close are two answers
G7 the same without a pending poll
GT1 the reasons that the application sees
GT2 a graceful close delivers what is queued; a server that stops does not wait
H1 a probe is answered, the pending poll released, the websocket takes over
H2 without a pending poll the next one is released
H3 after the upgrade HTTP is code 3, and the websocket goes on
H4 a second websocket after the upgrade: accepted and closed
H5 a second websocket while the first probes: the same
H6 anything but a probe first: closed, and polling lives
H7 an upgrade that stalls: closed, and polling lives
H8 a websocket lost while probing: polling lives
H9 a message between probe and upgrade waits for the websocket
H10 with a poll it goes by the poll; nothing is lost or doubled
H11 a POST between probe and upgrade counts
H12 pings go on over the websocket
H13 a probe is answered where upgrades are not offered
H14 closing an upgraded session closes the websocket
H15 a cut ends an upgraded session at once
HT1 fifty messages each way during the upgrade
IT1 requests outside the path go to the other application
IT2 websockets outside the path are destroyed after a second
IT3 middlewares run in order, may set headers and end requests
IT4 headers of middlewares reach websockets too
IT5 413 behind a middleware
IT6 an error in a middleware is code 3, or refuses the websocket
J1 a second CONNECT, an event before it, a malformed packet: closed cleanly
J2 packets for a namespace that was left are ignored
J3 a CONNECT_ERROR of a client closes
J4 null and empty binary arguments survive
J5 a connection without any CONNECT is closed after connect_timeout
J6 a kick from the connection says so for each namespace, then closes
J7 a kick from one namespace leaves the others
J8 a refusal: CONNECT_ERROR, and no room kept
J9 a client gone while connecting is never connected
J10 recovery: pid, offsets, missed packets; off by default
J11 a broadcast with acks collects all answers, or fails
J12 the empty namespace is the main one
J13 the query in a CONNECT of revision 3 is the auth
J14 the client bundle: ETag, 304, compression, 404 for all else
W1 a missing or unknown revision counts as 3
W2 of several faults the first in order is told
W3 a request of the other revision on a session is code 3
W4 both revisions open with the same fields
W5 odd queries harm nobody
W6 overlap has the reason transport error
W7 a closing server gives up waiting for the poll
W8 a frame over the limit has the reason transport error
W9 a pong starts the time of the next ping again
W10 a probe is answered in both revisions
W11 polls are released again and again until the upgrade
W12 until the upgrade polls still take what is there
W13 binary is a raw frame, or base64 over polling
W14 bad text payloads of revision 3 end the session
W15 bad binary payloads of revision 3 end the session
W16 binary payloads of revision 3 carry text as UTF-8
W17 an answer holds sixteen packets at most
W18 seventeen packets in a POST are all delivered
W19 no refused POST hangs
W20 JSON in a message is not decoded by the engine
W21 sessions never mix
W22 an upgrade on a session that ends is closed
W23 requests on one connection are answered in order
W24 WebTransport
W25 a close frame while probing leaves polling alive
W26 a second websocket is never refused with a status
W27 a body that does not come whole is given up
W30 CONNECT is answered with the socket's id, which is not the session's
W31 the auth of a CONNECT reaches the namespace
W32 an unknown namespace: CONNECT_ERROR with an object
W33 the payload of a CONNECT is an object or nothing
W34 reserved events of a client close
W35 malformed events close
W36 an event's name is a string or a whole number
W37 the comma behind a namespace may be missing
W38 a packet for a namespace never joined closes
W40 revision 3 is in the main namespace without asking
W41 CONNECT of revision 3 is confirmed without a payload
W42 ids of revision 3 are made of the session's
W43 ERROR of revision 3 is the data, or else the message
W44 ERROR of revision 3 for an unknown namespace
W45 DISCONNECT of revision 3
W46 binary events of revision 3
W47 no extra argument for revision 3
W50 nested binary, also in acks
W51 placeholders out of range close; in text they are data
W52 attachments come next to their packet, or the connection closes
W53 one to ten attachments
W54 acks: an array; those nobody waits for are ignored
W55 a call times out, and ends with the client
W56 Node's reasons
W57 volatile events are dropped where the transport cannot write, and keep their order
W58 any room name works, and none is taken for another
W59 a broadcast leaves out its sender
W60 nobody joins the room of another socket
W61 a thousand events keep their order
W62 unicode as it was sent
W63 dynamic namespaces
W64 a failure in connect is an internal error
W65 an event nobody handles
W66 a wrong number of arguments
W67 leaving and joining again on one connection
W68 farewells of both layers never share an answer
W69 events wait for connect
W70 a client cut in the middle of an attachment
W71 the end of a session ends every namespace
W72 the msgpack parser
W73 streams
W74 the admin interface
W75 the channels of Node's Redis adapter
W76 sessions without sticky balancing
X1 malformed packets and payloads
X2 malformed and foreign sids
X3 malformed and unknown namespaces
X4 attachments that lie
X5 JSON that is too deep, or no JSON
X6 numbers that lose their value, NaN, negative or huge ids
X7 reserved names, which never reach a handler
X8 packets before CONNECT
X9 oversize bodies and frames
X10 overlapping polls and posts, again and again
X11 websockets by the dozen on one session
X12 an upgrade that stalls keeps nothing
X13 a POST of ten thousand packets
X14 an empty binary attachment
X15 names of rooms and events that are no legal group names
X16 attachments that never come hold no memory
X17 a form or a query with too many fields
X18 a client that reads nothing
X19 a message of ours that the server cannot send
X20 more namespaces than there may be
X21 more events than may wait
""".splitlines()
)
