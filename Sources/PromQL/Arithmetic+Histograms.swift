import Telemetry

extension PointOperation {
    /// Where at least one side is a histogram.
    func applyHistograms(_ left: PointValue, _ right: PointValue) -> (value: PointValue, holds: Bool)? {
        let result: (value: PointValue, holds: Bool)? =
            switch (left, right) {
            case (.float(let number), .histogram(let histogram)): apply(number, histogram)
            case (.histogram(let histogram), .float(let number)): apply(histogram, number)
            case (.histogram(let a), .histogram(let b)): apply(a, b)
            default: nil
            }
        guard let result, returnsBool else { return result }
        return (.float(result.holds ? 1 : 0), true)
    }

    private func apply(_ number: Double, _ histogram: NativeHistogram) -> (value: PointValue, holds: Bool)? {
        guard operation == .multiply else { return refuse("float", "histogram") }
        return (.histogram(scaled(histogram, by: number)), true)
    }
    private func apply(_ histogram: NativeHistogram, _ number: Double) -> (value: PointValue, holds: Bool)? {
        switch operation {
        case .multiply: return (.histogram(scaled(histogram, by: number)), true)
        case .divide:
            var out = histogram
            out.divide(by: number)
            return (.histogram(out.compacted()), true)
        case .trimUpper: return (.histogram(histogram.trimmed(above: number)), true)
        case .trimLower: return (.histogram(histogram.trimmed(below: number)), true)
        default: return refuse("histogram", "float")
        }
    }
    private func apply(_ left: NativeHistogram, _ right: NativeHistogram) -> (value: PointValue, holds: Bool)? {
        switch operation {
        case .add, .subtract:
            var out = left
            let remarks: HistogramSum.Remarks
            do { remarks = operation == .add ? try out.add(right) : try out.subtract(right) } catch {
                run.notes.incompatibleLayout(operation.rawValue, range)
                return nil
            }
            if operation == .subtract { out.resetHint = .gauge }
            let name: Notes.Operation = operation == .add ? .addition : .subtraction
            if remarks.contains(.resetCollision) { run.notes.resetCollision(name, range) }
            if remarks.contains(.reconciledBounds) { run.notes.reconciledBounds(name, range) }
            return (.histogram(out.compacted()), true)
        case .equal: return (.histogram(left), left.isSame(as: right))
        case .notEqual: return (.histogram(left), !left.isSame(as: right))
        default: return refuse("histogram", "histogram")
        }
    }
    private func scaled(_ histogram: NativeHistogram, by factor: Double) -> NativeHistogram {
        var out = histogram
        out.scale(by: factor)
        return out.compacted()
    }
    private func refuse(_ left: String, _ right: String) -> (value: PointValue, holds: Bool)? {
        run.notes.incompatibleTypes(left, operation.rawValue, right, range)
        return nil
    }
}
