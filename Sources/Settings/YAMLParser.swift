import CYaml
import Telemetry

/// Reads one YAML document with libyaml. Depth, nodes and what aliases stand for are bounded.
package enum YAMLParser {
    package static let sizeLimit = ByteCount.mebibytes(8)
    static let depthLimit = 64
    static let nodeLimit = 2_000_000

    /// The first document of `bytes`; nil where there is none. Throws the first thing that is wrong.
    ///
    /// A further document is an error, unless `onSecond` is there to be told of its place.
    package static func parse(
        _ bytes: [UInt8], source: String, onSecond: ((SourcePosition) -> Void)? = nil
    ) throws(Diagnostic) -> YAMLNode? {
        guard bytes.count <= sizeLimit.bytes else {
            throw Diagnostic(source: source, message: "the file is larger than \(sizeLimit.bytes >> 20) MiB; it is no configuration")
        }
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else { throw Diagnostic(source: source, message: "there is no memory for reading it") }
        defer { yaml_parser_delete(parser) }
        let result = bytes.withUnsafeBufferPointer { input -> Result<YAMLNode?, Diagnostic> in
            guard let base = input.baseAddress, !input.isEmpty else { return .success(nil) }
            yaml_parser_set_input_string(parser, base, input.count)
            var reader = YAMLEventReader(parser: parser, source: source, onSecond: onSecond)
            do throws(Diagnostic) { return .success(try reader.document()) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// Builds nodes from the events of libyaml, which stays in this file.
private struct YAMLEventReader {
    private enum Event {
        case scalar(String, isPlain: Bool, anchor: String?)
        case alias(String)
        case sequenceStart(anchor: String?)
        case mappingStart(anchor: String?)
        case end
        case documentStart
        case documentEnd
        case streamEnd
        case other
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let source: String
    private let onSecond: ((SourcePosition) -> Void)?
    private var anchors: [String: YAMLNode] = [:]
    private var nodes = 0

    init(parser: UnsafeMutablePointer<yaml_parser_t>, source: String, onSecond: ((SourcePosition) -> Void)?) {
        self.parser = parser
        self.source = source
        self.onSecond = onSecond
    }

    mutating func document() throws(Diagnostic) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let (event, position) = try next()
            switch event {
            case .streamEnd: return root
            case .documentStart:
                if root != nil, let onSecond {
                    onSecond(position)
                    return root
                }
                if root != nil { throw fail("there is a second document; a configuration has one", position) }
                let (event, position) = try next()
                root = try node(event, position, depth: 0)
            default: continue
            }
        }
    }

    private mutating func node(_ event: Event, _ position: SourcePosition, depth: Int) throws(Diagnostic) -> YAMLNode {
        guard depth < YAMLParser.depthLimit else { throw fail("it is nested more than \(YAMLParser.depthLimit) deep", position) }
        try count(1, position)
        switch event {
        case .scalar(let text, let isPlain, let anchor):
            return keep(YAMLNode(content: .scalar(text, isPlain: isPlain), position: position, size: 1), anchor)
        case .alias(let name):
            guard var node = anchors[name] else { throw fail("there is no anchor \"&\(name)\" before this", position) }
            try count(node.size, position)
            node.position = position
            return node
        case .sequenceStart(let anchor): return keep(try sequence(position, depth), anchor)
        case .mappingStart(let anchor): return keep(try mapping(position, depth), anchor)
        default: throw fail("a value is missing", position)
        }
    }

    private mutating func sequence(_ position: SourcePosition, _ depth: Int) throws(Diagnostic) -> YAMLNode {
        var elements: [YAMLNode] = []
        while true {
            let (event, place) = try next()
            if case .end = event { break }
            elements.append(try node(event, place, depth: depth + 1))
        }
        return YAMLNode(content: .sequence(elements), position: position, size: elements.reduce(1) { $0 + $1.size })
    }

    private mutating func mapping(_ position: SourcePosition, _ depth: Int) throws(Diagnostic) -> YAMLNode {
        var entries: [YAMLNode.Entry] = []
        var merged: [YAMLNode.Entry] = []
        var places: [String: SourcePosition] = [:]
        while true {
            let (event, place) = try next()
            if case .end = event { break }
            guard case .scalar(let key, let isPlain) = try node(event, place, depth: depth + 1).content else {
                throw fail("a key must be a plain word", place)
            }
            let (valueEvent, valuePlace) = try next()
            let value = try node(valueEvent, valuePlace, depth: depth + 1)
            if key == "<<", isPlain {
                merged += try mergeable(value)
                continue
            }
            if let first = places.updateValue(place, forKey: key) {
                throw fail("the key \"\(key)\" stands here twice; first in line \(first.line)", place)
            }
            entries.append(YAMLNode.Entry(key: key, position: place, value: value))
        }
        for entry in merged where places.updateValue(entry.position, forKey: entry.key) == nil { entries.append(entry) }
        return YAMLNode(content: .mapping(entries), position: position, size: entries.reduce(1) { $0 + 1 + $1.value.size })
    }

    /// The entries that `<<` brings in, from a mapping or a list of them.
    private func mergeable(_ node: YAMLNode) throws(Diagnostic) -> [YAMLNode.Entry] {
        switch node.content {
        case .mapping(let entries): return entries
        case .sequence(let nodes):
            var all: [YAMLNode.Entry] = []
            for node in nodes {
                guard case .mapping(let entries) = node.content else { throw fail("\"<<\" merges mappings only", node.position) }
                all += entries
            }
            return all
        case .scalar: throw fail("\"<<\" merges mappings only", node.position)
        }
    }

    private mutating func keep(_ node: YAMLNode, _ anchor: String?) -> YAMLNode {
        if let anchor { anchors[anchor] = node }
        return node
    }

    private mutating func count(_ size: Int, _ position: SourcePosition) throws(Diagnostic) {
        nodes += size
        if nodes > YAMLParser.nodeLimit { throw fail("it has more than \(YAMLParser.nodeLimit) nodes, aliases written out", position) }
    }

    private func fail(_ message: String, _ position: SourcePosition) -> Diagnostic {
        Diagnostic(source: source, position: position, message: message)
    }

    private mutating func next() throws(Diagnostic) -> (Event, SourcePosition) {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&event) }
        let position = SourcePosition(line: Int(clamping: event.start_mark.line) + 1, column: Int(clamping: event.start_mark.column) + 1)
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return (.scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, anchor: name(scalar.anchor)), position)
        case YAML_ALIAS_EVENT: return (.alias(name(event.data.alias.anchor) ?? ""), position)
        case YAML_SEQUENCE_START_EVENT: return (.sequenceStart(anchor: name(event.data.sequence_start.anchor)), position)
        case YAML_MAPPING_START_EVENT: return (.mappingStart(anchor: name(event.data.mapping_start.anchor)), position)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return (.end, position)
        case YAML_DOCUMENT_START_EVENT: return (.documentStart, position)
        case YAML_DOCUMENT_END_EVENT: return (.documentEnd, position)
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return (.streamEnd, position)
        default: return (.other, position)
        }
    }

    private func name(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? { pointer.map { String(cString: $0) } }

    private func syntaxError() -> Diagnostic {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it can't be read"
        let mark = parser.pointee.error == YAML_READER_ERROR ? yaml_mark_t() : parser.pointee.problem_mark
        let position = SourcePosition(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
        return fail("this is no YAML: \(problem)", position)
    }
}
