/// Every view there is, in the order of their keys. To add one is to add its line.
package enum ViewCatalog {
    package static let views: [ErasedView] = [
        ErasedView(OverviewView.self),
        ErasedView(MapView.self),
        ErasedView(LatencyView.self),
        ErasedView(TracesView.self),
        ErasedView(LogsView.self),
        ErasedView(AlertsView.self),
        ErasedView(MetricsView.self),
        ErasedView(CollectorsView.self),
    ]
}
