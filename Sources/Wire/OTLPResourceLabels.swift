import Telemetry

/// What the resource of metrics adds to the labels of their series: `job` and `instance`; the rest stands in `target_info`.
struct OTLPResourceLabels {
    private static let identifying: Set<String> = ["service.name", "service.namespace", "service.instance.id"]

    /// `instance` and `job`, where the resource says them.
    private let own: [Label]
    /// The labels of `target_info`; nil where there is nothing to tell, or nothing to tell it of.
    let targetInfo: LabelSet?

    init(_ resource: Resource) {
        let name = resource["service.name"]?.text ?? ""
        let namespace = resource["service.namespace"]?.text ?? ""
        let instance = resource["service.instance.id"]?.text ?? ""
        var own: [Label] = []
        if !instance.isEmpty { own.append(Label("instance", instance)) }
        if !name.isEmpty { own.append(Label("job", namespace.isEmpty ? name : namespace + "/" + name)) }
        self.own = own
        let rest = resource.attributes.filter { !Self.identifying.contains($0.key) }
        targetInfo = own.isEmpty || rest.isEmpty ? nil : Self.labels(rest, own, name: "target_info")
    }

    func labels(of attributes: [Attribute], name: String) -> LabelSet { Self.labels(attributes, own, name: name) }

    /// Attributes whose names become one are joined by `;`, in the order of their names. On a clash the resource wins.
    private static func labels(_ attributes: [Attribute], _ own: [Label], name: String) -> LabelSet {
        var labels: [Label] = []
        labels.reserveCapacity(attributes.count + own.count + 1)
        for attribute in attributes.sorted(by: { $0.key < $1.key }) {
            guard let key = PrometheusNames.label(attribute.key), key != LabelSet.nameLabel else { continue }
            let text = attribute.value.text
            if let place = labels.firstIndex(where: { $0.name == key }) {
                labels[place].value += ";" + text
            } else {
                labels.append(Label(key, text))
            }
        }
        labels.removeAll { label in label.value.isEmpty || own.contains { $0.name == label.name } }
        labels += own
        labels.append(Label(LabelSet.nameLabel, name))
        return LabelSet(sorted: labels.sorted { $0.name < $1.name })
    }
}

extension LabelSet {
    /// With label `name` set to `value`, which is not empty.
    func setting(_ name: String, _ value: String) -> LabelSet {
        var labels = labels
        let place = labels.firstIndex { $0.name >= name } ?? labels.endIndex
        if place < labels.endIndex, labels[place].name == name {
            labels[place].value = value
        } else {
            labels.insert(Label(name, value), at: place)
        }
        return LabelSet(sorted: labels)
    }
}
