import Telemetry

/// Why a page of metrics is refused, and where.
package struct ExpositionError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Problem: Hashable, Sendable {
        case htmlPage, jsonPage, protobufPage
        case metricName, labelName, familyName
        case noMetricName, twoMetricNames
        case labelsUnclosed, labelEquals, labelQuote, labelUnclosed, labelComma, escape
        case duplicateLabel(String)
        case notUTF8
        case noValue
        case value(String)
        case timestamp(String)
        case trailing(String)
        case metricType(String)
        case incompleteMetadata
        case exemplar(String)
        case missingEnd, textAfterEnd
        case tooLong(what: String, limit: Int)
        /// A rule of OpenMetrics that the page breaks, as a clause.
        case rule(String)
    }
    package var position: SourcePosition
    package var problem: Problem
    package init(position: SourcePosition, problem: Problem) {
        self.position = position
        self.problem = problem
    }

    /// One sentence, without the place.
    package var message: String { problem.sentence }
    /// `line 3, column 7: the value "one" is no number`
    package var description: String { "line \(position.line), column \(position.column): \(message)" }
    package func diagnostic(source: String) -> Diagnostic { Diagnostic(source: source, position: position, message: message) }
}

extension ExpositionError.Problem {
    var sentence: String {
        switch self {
        case .htmlPage: "the page is HTML, not metrics; is this the metrics URL?"
        case .jsonPage: "the page is JSON, not metrics; is this the metrics URL?"
        case .protobufPage: "the page is protobuf, where text is read"
        case .metricName: "a metric name must stand here: a letter, _ or :, then letters, digits, _ or :"
        case .labelName: "a label name must stand here: a letter or _, then letters, digits or _"
        case .familyName: "the name of a metric family must stand here"
        case .noMetricName: "the sample has labels but no metric name"
        case .twoMetricNames: "the sample has two metric names"
        case .labelsUnclosed: "the labels do not end; a } is missing"
        case .labelEquals: "an = must stand between the name of a label and its value"
        case .labelQuote: "the value of a label must stand in double quotes"
        case .labelUnclosed: "the value of this label does not end on its line; a quote is missing"
        case .labelComma: "a comma or } must follow the value of a label"
        case .escape: "only \\\\, \\\" and \\n may follow a back slash here"
        case .duplicateLabel(let name): "the label \"\(name)\" stands twice"
        case .notUTF8: "the text is not UTF-8"
        case .noValue: "the sample has no value"
        case .value(let text): "the value \"\(text)\" is no number"
        case .timestamp(let text): "the timestamp \"\(text)\" is no number as it must stand here"
        case .trailing(let text): "\"\(text)\" stands after the end of the sample"
        case .metricType(let text): "\"\(text)\" is no type of metric"
        case .incompleteMetadata: "the line must have a keyword (HELP, TYPE or UNIT), a name and a text, each after one blank"
        case .exemplar(let detail): "the exemplar is malformed: \(detail)"
        case .missingEnd: "the page does not end with # EOF; it may have been cut off"
        case .textAfterEnd: "something stands after # EOF"
        case .tooLong(let what, let limit): "\(what) is longer than the \(limit) allowed"
        case .rule(let clause): clause
        }
    }
}
