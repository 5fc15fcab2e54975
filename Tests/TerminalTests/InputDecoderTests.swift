import Canvas
import Testing

@testable import Terminal

@Suite struct InputDecoderTests {
    private func events(_ text: String, key: UInt32? = nil) -> [InputEvent] {
        var decoder = InputDecoder()
        var events = key.map { decoder.take($0, isFunctionKey: true) } ?? []
        for scalar in text.unicodeScalars { events += decoder.take(scalar.value, isFunctionKey: false) }
        return events + decoder.settle()
    }

    @Test func readsCharactersAndControls() {
        #expect(
            events("qé\r\t\u{7f}\u{3}\u{0}")
                == [.character("q"), .character("é"), .enter, .tab, .backspace, .control("c"), .control(" ")].map(InputEvent.key))
    }

    @Test func aLoneEscapeIsTheKeyAndOneBeforeACharacterIsAlt() {
        #expect(events("\u{1b}") == [.key(.escape)])
        #expect(events("\u{1b}x") == [.key(.alt("x"))])
        #expect(events("\u{1b}\u{1b}") == [.key(.escape), .key(.escape)])
    }

    @Test func readsMouseReports() {
        func mouse(_ text: String) -> [InputEvent] { events(text, key: KeyCode.mouse) }
        #expect(mouse("0;310;205M") == [.mouse(Mouse(.press(.left), at: Point(309, 204)))])
        #expect(mouse("2;1;1m") == [.mouse(Mouse(.release(.right), at: .zero))])
        #expect(mouse("65;3;4M") == [.mouse(Mouse(.wheelDown, at: Point(2, 3)))])
        #expect(mouse("52;3;4M") == [.mouse(Mouse(.drag(.left), at: Point(2, 3), [.shift, .control]))])
    }

    @Test(arguments: ["0;0;1M", ";;M", "0;1M", "99999999;1;1M", "35;1;1M"])
    func ignoresReportsThatMakeNoSense(report: String) { #expect(events(report, key: KeyCode.mouse).isEmpty) }

    @Test func aReportMayComeInPieces() {
        var decoder = InputDecoder()
        _ = decoder.take(KeyCode.mouse, isFunctionKey: true)
        for scalar in "0;3;".unicodeScalars { #expect(decoder.take(scalar.value, isFunctionKey: false).isEmpty) }
        #expect(decoder.settle().isEmpty)
        _ = decoder.take(0x34, isFunctionKey: false)
        #expect(decoder.take(0x4d, isFunctionKey: false) == [.mouse(Mouse(.press(.left), at: Point(2, 3)))])
    }

    @Test func pastedKeysAreText() {
        var decoder = InputDecoder()
        _ = decoder.take(KeyCode.pasteStart, isFunctionKey: true)
        for scalar in "q\r\u{1b}".unicodeScalars { #expect(decoder.take(scalar.value, isFunctionKey: false).isEmpty) }
        #expect(decoder.take(KeyCode.pasteEnd, isFunctionKey: true) == [.paste("q\n\u{1b}")])
        #expect(decoder.take(0x71, isFunctionKey: false) == [.key(.character("q"))])
    }

    @Test func modifiedCursorKeys() {
        #expect(InputDecoder.key(KeyCode.modified + 8 * 2 + 4) == Key(.right, .control))
        #expect(InputDecoder.key(KeyCode.modified + 8 * 0 + 1) == Key(.up, .shift))
        #expect(InputDecoder.key(410) == nil)
    }
}
