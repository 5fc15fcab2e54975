import Telemetry

/// What the writer of a series looks at with each sample: the newest one, and where the open samples stand. Small and plain: most of what a series costs.
struct SeriesHead: Sendable {
    /// Of the newest sample; before the first, the time at which the series was made.
    var lastTime: Int64
    /// The bits of the newest value; or, where it is a decimal, the whole number of the open samples' scale.
    var last: UInt64 = 0
    /// The open samples: see `OpenSamples`. Nil where there are none, or just one.
    nonisolated(unsafe) var open: UnsafeMutablePointer<UInt8>?
    /// The newest sealed chunk.
    var sealed = ChunkRef.none
    /// Milliseconds from sample to sample, where nothing else is told.
    var step: UInt32 = 0
    var length: UInt16 = 0
    var count: UInt16 = 0
    var capacity: UInt16 = 0
    var places: UInt8 = 0
    var flags: Flags = []

    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8
        /// `last` is bits, not a whole number.
        static let isRaw = Flags(rawValue: 1)
        /// The row is a series that did not go.
        static let isAlive = Flags(rawValue: 2)
        /// It had a sample once.
        static let hasSamples = Flags(rawValue: 4)
        /// No scale was found for a value: none is looked for till the chunk is sealed.
        static let isUnscaled = Flags(rawValue: 8)
        /// Native histograms stand in the store's own table.
        static let hasHistograms = Flags(rawValue: 16)
        /// The newest sample is a histogram.
        static let endsInHistogram = Flags(rawValue: 32)
        /// A staleness marker came once: readers look for them.
        static let hasMarkers = Flags(rawValue: 64)
    }

    init(madeAt time: Int64) {
        lastTime = time
        flags = .isAlive
    }

    var isAlive: Bool { flags.contains(.isAlive) }
    var hasSamples: Bool { flags.contains(.hasSamples) }
    /// The value of the newest sample.
    var lastValue: Double {
        flags.contains(.isRaw)
            ? Double(bitPattern: last) : Double(Int64(bitPattern: last)) / DecimalScale.power(Int(places))
    }
}
