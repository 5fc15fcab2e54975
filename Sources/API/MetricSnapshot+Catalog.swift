import Store

extension MetricSnapshot: CatalogQuerier {}
