import Collectors
import Ports
import Settings
import Telemetry

extension ScrapeTarget {
    /// One target of a `scrape_configs` entry, as Prometheus builds its URL and labels.
    init(_ target: ScrapeConfiguration.Target) throws(Diagnostic) {
        let (job, address, labels) = (target.job, target.address, target.labels)
        var tls = TLSOptions()
        tls.caFile = job.tls.caFile
        tls.certFile = job.tls.certFile
        tls.keyFile = job.tls.keyFile
        tls.serverName = job.tls.serverName
        tls.skipsVerification = job.tls.skipsVerification
        let path = job.metricsPath.hasPrefix("/") ? job.metricsPath : "/" + job.metricsPath
        let query = job.parameters.flatMap { parameter in parameter.values.map { percentEncoded(parameter.name) + "=" + percentEncoded($0) }
        }
        let url = "\(job.scheme.rawValue)://\(address)\(path)" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        try self.init(
            url, job: job.jobName, labels: labels, interval: job.interval, timeout: job.timeout,
            authentication: FetchRequest.Authentication(job.authentication),
            tls: tls, honorsLabels: job.honorsLabels, sampleLimit: job.limits.samples, bodyLimit: job.limits.bodySize ?? .mebibytes(64))
        labelLimits = job.limits.labels
        honorsTimestamps = job.honorsTimestamps
        forms = job.forms
        if let socket = job.unixSocket { unixSocketPath = socket }
        if case .authorization(let type, let credentials) = job.authentication, type.lowercased() != "bearer" {
            headers.append((name: "Authorization", value: "\(type) \(credentials.exposed)"))
        }
        followsRedirects = job.followsRedirects
        acceptsGzip = job.acceptsCompression
    }
}

extension FetchRequest.Authentication {
    fileprivate init(_ authentication: ScrapeConfiguration.Authentication) {
        switch authentication {
        case .basic(let user, let password): self = .basic(user: user, password: password.exposed)
        case .authorization(let type, let credentials) where type.lowercased() == "bearer": self = .bearer(token: credentials.exposed)
        case .authorization, .none: self = .none
        }
    }
}

/// By RFC 3986: all but unreserved characters as `%XX`.
private func percentEncoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { out, byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            out.append(Character(Unicode.Scalar(byte)))
        default: out += "%" + [byte].hexadecimal.uppercased()
        }
    }
}
