import Testing

@testable import Wire

@Suite struct JSONReaderTests {
    @Test func valuesAreWalked() throws {
        let text = #"{"a":[1,-2,18446744073709551615,1.5,"é\n",true,null,{}],"b":{"c":"d"},"e":"f"}"#
        try JSONReader().read(Array(text.utf8)) { root throws(WireError) in
            #expect(root.members.map { $0.key.string } == ["a", "b", "e"])
            let list = root["a"].map { Array($0.elements) } ?? []
            #expect(list.map(\.kind) == [.int, .int, .unsigned, .double, .string, .bool, .null, .object])
            #expect(list[0].int == 1 && list[1].int == -2 && list[1].unsigned == nil && list[2].unsigned == .max && list[2].int == nil)
            #expect(list[3].double == 1.5 && list[3].int == nil && list[4].string == "é\n" && list[5].bool == true)
            #expect(root["b"]?["c"]?.string == "d" && root["e"]?.string == "f" && root["none"] == nil)
        }
    }

    @Test(arguments: ["", " ", "{", "[1,]", "{\"a\"}", "nul", "\"", "{} x", "\u{7f}", "[01]"]) func badTextsAreErrors(_ text: String) {
        #expect(throws: WireError.self) { try JSONReader().read(Array(text.utf8)) { _ throws(WireError) in } }
    }

    @Test func depthIsBounded() {
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(throws: WireError.self) { try JSONReader().read(Array(deep.utf8)) { _ throws(WireError) in } }
    }

    @Test func bytesBehindTheTextDoNotMatter() throws {
        let line = Array(#"{"a":12}"#.utf8)
        let bytes = line + [UInt8](repeating: UInt8(ascii: "7"), count: 80)
        let reader = JSONReader()
        defer { withExtendedLifetime(reader) {} }
        try bytes.withUnsafeBufferPointer { buffer in
            let root = try reader.parse(UnsafeBufferPointer(rebasing: buffer[..<line.count]), slack: 80)
            #expect(root["a"]?.int == 12)
        }
    }

    @Test func writtenTextsAreReadBack() throws {
        var json = JSONWriter()
        json.beginObject()
        json.member("k\"\u{1}", "v\\\n\u{1F600}")
        json.key("l")
        json.beginArray()
        json.int(-1)
        json.double(0.1)
        json.null()
        json.bool(false)
        json.endArray()
        json.endObject()
        #expect(json.text == "{\"k\\\"\\u0001\":\"v\\\\\\n\u{1F600}\",\"l\":[-1,0.1,null,false]}")
        try JSONReader().read(json.bytes) { root throws(WireError) in
            #expect(root.members.map { $0.key.string } == ["k\"\u{1}", "l"])
        }
    }
}
