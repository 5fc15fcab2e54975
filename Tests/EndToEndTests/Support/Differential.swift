/// How two answers to one query stand to each other.
enum Likeness: Hashable {
    case same
    /// The same series and times, but some value differs in its last digits: Prometheus 3 adds up with compensation where 2 didn't.
    case rounded
    case different

    /// Compares results as the API's JSON has them: `"resultType":…,"result":…`. The order of an instant vector says nothing; where it is `sorted`
    /// the values must follow each other alike, though of those that are equal each may come first.
    init(_ ours: String, _ theirs: String, sorted: Bool) {
        let (left, right) = (Self.pieces(ours), Self.pieces(theirs))
        guard left.count == right.count, !sorted || zip(left, right).allSatisfy({ Self.isClose(Self.value($0), Self.value($1)) }) else {
            self = .different
            return
        }
        let pairs = zip(left.sorted(), right.sorted())
        self = pairs.allSatisfy(==) ? .same : pairs.allSatisfy(Self.isClose) ? .rounded : .different
    }

    /// What stands behind the labels.
    private static func value(_ piece: String) -> String { String(piece.split(separator: "\"value\":", maxSplits: 1).last ?? "") }
    private static func pieces(_ json: String) -> [String] {
        // Ends of lists are no part of the last series.
        json.split(separator: "{\"metric\":").map { String($0).trimmingEnd(",]}") + "]}" }
    }

    /// Every second piece between quotes behind the labels is a value; all else must be the same.
    private static func isClose(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.split(separator: "\""), right.split(separator: "\""))
        guard left.count == right.count else { return false }
        return zip(left, right).allSatisfy { a, b in
            if a == b { return true }
            guard let a = Double(a), let b = Double(b) else { return false }
            return abs(a - b) <= max(abs(a), abs(b)) * 1e-10 || abs(a - b) < 1e-11
        }
    }
}

extension String {
    fileprivate func trimmingEnd(_ characters: String) -> String {
        var text = self[...]
        while let last = text.last, characters.contains(last) { text.removeLast() }
        return String(text)
    }
}
