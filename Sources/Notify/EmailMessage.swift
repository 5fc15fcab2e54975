import Ports
import Telemetry

/// A mail: headers and two forms of the text (RFC 5322, RFC 2045, RFC 2047).
struct EmailMessage {
    private let channel: EmailChannel
    private let data: NotificationData
    private let text: (String) -> String
    private let html: String

    init(_ channel: EmailChannel, _ data: NotificationData, text: @escaping (String) -> String, html: String) {
        self.channel = channel
        self.data = data
        self.text = text
        self.html = html
    }

    func request(id: Int) -> FetchRequest {
        let (host, port) = Self.split(channel.smarthost)
        let isImplicit = port == 465
        var request = FetchRequest(
            id: id, url: "\(isImplicit ? "smtps" : "smtp")://\(host):\(port)/\(channel.hello)", method: "MAIL", body: bytes,
            timeout: .seconds(30), bodyLimit: ByteCount(1 << 16), acceptsGzip: false, followsRedirects: false, tls: channel.tls)
        request.mail = MailEnvelope(
            from: Self.address(in: text(channel.from)), to: addresses(text(channel.to)), requiresTLS: channel.requiresTLS || isImplicit)
        if !channel.user.isEmpty { request.authentication = .basic(user: channel.user, password: channel.password.exposed) }
        return request
    }

    private static func split(_ smarthost: String) -> (String, Int) {
        guard let colon = smarthost.lastIndex(of: ":"), let port = Int(smarthost[smarthost.index(after: colon)...]) else {
            return (smarthost, 25)
        }
        return (String(smarthost[..<colon]), port)
    }
    private func addresses(_ list: String) -> [String] {
        list.split(separator: ",").map { Self.address(in: String($0)) }.filter { !$0.isEmpty }
    }
    /// `a@b` of `Name <a@b>`.
    private static func address(in text: String) -> String {
        if let open = text.lastIndex(of: "<"), let close = text.lastIndex(of: ">"), open < close {
            return String(text[text.index(after: open)..<close])
        }
        return text.filter { !$0.isWhitespace }
    }

    private var bytes: [UInt8] {
        let boundary = "dogwatch-" + data.delivery.groupLabels.fingerprintText + String(data.delivery.id, radix: 16)
        var out = headers
        out += "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"\(boundary)\"\r\n\r\n"
        let plain = text(channel.text)
        for (type, content) in [("text/plain", plain), ("text/html", html)] where !content.isEmpty {
            out += "--\(boundary)\r\nContent-Type: \(type); charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            out += QuotedPrintable.encode(content) + "\r\n"
        }
        return Array((out + "--\(boundary)--\r\n").utf8)
    }

    private var headers: String {
        var lines: [(String, String)] = [
            ("From", text(channel.from)), ("To", text(channel.to)),
            ("Subject", text("{{ template \"email.default.subject\" . }}")),
        ]
        // A user's own header takes the place of ours.
        for (name, value) in channel.headers {
            lines.removeAll { $0.0.lowercased() == name.lowercased() }
            lines.append((name, text(value)))
        }
        let thread = data.delivery.key.group
        let root = LabelSet([Label("group", thread)]).fingerprintText
        lines.append(("Date", Self.date(data.delivery.began)))
        lines.append(("Message-Id", "<\(root).\(data.delivery.began.milliseconds).\(data.delivery.id)@\(channel.hello)>"))
        // Messages about one group stand together.
        lines.append(("In-Reply-To", "<\(root)@dogwatch>"))
        lines.append(("References", "<\(root)@dogwatch>"))
        return lines.map { "\($0.0.filter { $0 != ":" && !$0.isWhitespace }): \(QuotedPrintable.header($0.1))\r\n" }.joined()
    }

    private static func date(_ time: Timestamp) -> String {
        let civil = CivilTime(seconds: floorDivide(time.milliseconds, 1000))
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return
            "\(days[civil.weekday]), \(two(civil.day)) \(months[civil.month - 1]) \(civil.year) \(two(civil.hour)):\(two(civil.minute)):\(two(civil.second)) +0000"
    }
}

/// Text in seven bits.
enum QuotedPrintable {
    private static let lineLimit = 76

    static func encode(_ text: String) -> String {
        var (out, line) = ("", "")
        func flush(soft: Bool) {
            out += line + (soft ? "=\r\n" : "\r\n")
            line = ""
        }
        let bytes = Array(text.utf8)
        for (place, byte) in bytes.enumerated() {
            if byte == 0x0a {
                flush(soft: false)
                continue
            }
            if byte == 0x0d { continue }
            let isLast = place + 1 == bytes.count || bytes[place + 1] == 0x0a
            let isPlain = (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "=") || (byte == 0x20 || byte == 0x09) && !isLast
            let piece = isPlain ? String(Character(Unicode.Scalar(byte))) : "=" + hex(byte)
            if line.utf8.count + piece.utf8.count > lineLimit - 1 { flush(soft: true) }
            line += piece
        }
        return out + line
    }

    /// As it is, or as encoded words; never with a line break.
    static func header(_ text: String) -> String {
        let flat = String(text.map { $0.isNewline ? " " : $0 })
        guard !flat.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else { return flat }
        var (words, word) = ([String](), "")
        for character in flat {
            let piece = character.utf8.map { byte -> String in
                let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                return byte == 0x20 ? "_" : isPlain ? String(Character(Unicode.Scalar(byte))) : "=" + hex(byte)
            }.joined()
            if word.utf8.count + piece.utf8.count > 60 {
                words.append(word)
                word = ""
            }
            word += piece
        }
        return (words + [word]).map { "=?UTF-8?Q?\($0)?=" }.joined(separator: "\r\n ")
    }
    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }
}
