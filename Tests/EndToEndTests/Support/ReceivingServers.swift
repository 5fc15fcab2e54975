import Glibc
import TestKit

/// Servers that speak HTTP and SMTP as Slack, PagerDuty and mail servers do, and tell on standard error what they got: a JSON text a line.
final class ReceivingServers {
    let child: Child
    let http: Int
    let smtp: Int

    init?(certificate: String? = nil) {
        child = Child(["-c", Self.program] + (certificate.map { [$0] } ?? []), path: Python.path)
        guard child.waitForError("listening") else { return nil }
        let words = child.errorText.split(whereSeparator: \.isWhitespace)
        guard words.count >= 3, let http = Int(words[1]), let smtp = Int(words[2]) else { return nil }
        (self.http, self.smtp) = (http, smtp)
    }

    /// Lines of requests to `path`, with times masked.
    func requests(_ path: String) -> [String] {
        child.errorText.split(separator: "\n").map(String.init).filter { $0.hasPrefix(path + " ") }
            .map { Self.masked(String($0.dropFirst(path.count + 1))) }
    }
    /// Waits until there are `count`; gives what there is by then.
    func wait(for path: String, _ count: Int) -> [String] {
        let deadline = Program.now + Program.patience
        while requests(path).count < count, Program.now < deadline { child.readMore() }
        return requests(path)
    }
    /// The seconds between the requests to `path`, as the server saw them.
    func pauses(_ path: String) -> [Double] {
        let times = child.errorText.split(separator: "\n").compactMap { line -> Double? in
            line.hasPrefix("at " + path + " ") ? Double(line.dropFirst(path.count + 4)) : nil
        }
        return zip(times, times.dropFirst()).map { $1 - $0 }
    }

    /// `2026-11-27T15:00:54.123Z` and `2026-11-27 15:00:54 UTC` as `TIME`.
    static func masked(_ text: String) -> String {
        var (out, rest) = ("", text[...])
        while let first = rest.first {
            let stamp = rest.prefix { "0123456789-:. TZ".contains($0) }
            let isTime = stamp.count >= 19 && stamp.hasPrefix("20") && stamp.dropFirst(4).first == "-"
            if isTime {
                out += "TIME"
                rest = rest.dropFirst(stamp.count)
            } else {
                out.append(first)
                rest = rest.dropFirst()
            }
        }
        return out
    }

    private static let program = """
        import base64, http.server, json, socketserver, socket, ssl, sys, threading, time
        lock = threading.Lock()
        def tell(*words):
            with lock: print(*words, file=sys.stderr, flush=True)
        counts = {}
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                with lock: counts[self.path] = number = counts.get(self.path, 0) + 1
                tell("at", self.path, time.monotonic())
                tell(self.path, self.headers.get("Content-Type"), body)
                if self.path == "/limited" and number == 1:
                    self.send_response(429); self.send_header("Retry-After", "2"); self.end_headers(); return
                if self.path == "/broken" and number <= 2:
                    self.send_response(500); self.end_headers(); self.wfile.write(b"no /broken today"); return
                if self.path == "/half" and number == 1:
                    self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 100\\r\\n\\r\\nhal"); self.close_connection = True; return
                if self.path == "/hang": time.sleep(600)
                if self.path == "/secret/T0K3N": self.send_response(404); self.end_headers(); self.wfile.write(self.path.encode()); return
                self.send_response(202 if self.path == "/v2/enqueue" else 200); self.end_headers(); self.wfile.write(b"ok")
            def log_message(self, *words): pass
        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer): daemon_threads = True
        web = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=web.serve_forever, daemon=True).start()

        def mail(connection):
            stream = connection.makefile("rwb")
            def say(text): stream.write(text.encode() + b"\\r\\n"); stream.flush()
            say("220 mail.example.org")
            text, isData, safe = [], False, ""
            while line := stream.readline():
                line = line.rstrip(b"\\r\\n").decode()
                if isData:
                    if line != ".": text.append(line[1:] if line.startswith(".") else line); continue
                    tell("/mail", json.dumps(text)); text, isData = [], False
                    say("250 queued"); continue
                word = line.split(" ")[0].upper()
                tell("/smtp", safe + line)
                if word == "EHLO":
                    say("250-mail.example.org"); say("250-8BITMIME")
                    if len(sys.argv) > 1 and not safe: say("250-STARTTLS")
                    say("250 AUTH PLAIN")
                elif word == "STARTTLS":
                    say("220 go")
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain(sys.argv[1])
                    connection = context.wrap_socket(connection, server_side=True)
                    stream, safe = connection.makefile("rwb"), "safe "
                elif word == "AUTH":
                    say("334 ")
                    tell("/auth", safe + base64.b64decode(stream.readline()).decode().replace(chr(0), "|"))
                    say("235 welcome")
                elif word == "DATA": isData = True; say("354 go")
                elif word == "QUIT": say("221 bye"); return
                else: say("250 ok")
        listener = socket.create_server(("127.0.0.1", 0))
        tell("listening", web.server_port, listener.getsockname()[1])
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=mail, args=(connection,), daemon=True).start()
        """
}
