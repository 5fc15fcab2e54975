import Store

extension TelemetryStore: SeriesAppender {}
