import Telemetry
import Templates

/// The functions and the ready-made texts of notifications, by the names that Alertmanager's users know.
package enum NotificationTemplates {
    package static let scope: TemplateScope = .notification()

    /// Texts that users' own templates may define anew.
    static let standard: Template? = try? Template(text, scope: scope)

    private static let text = #"""
        {{ define "__subject" }}[{{ toUpper .Status }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}] {{ join " " .GroupLabels.SortedPairs.Values }}{{ if gt (len .CommonLabels) (len .GroupLabels) }} ({{ join " " (.CommonLabels.Remove .GroupLabels.Names).Values }}){{ end }}{{ end }}
        {{ define "__alert_lines" }}{{ range . }}{{ with .Annotations.summary }}{{ . }}
        {{ end }}{{ range .Labels.SortedPairs }}  {{ .Name }}: {{ .Value }}
        {{ end }}{{ range .Annotations.SortedPairs }}{{ if ne .Name "summary" }}  {{ .Name }}: {{ .Value }}
        {{ end }}{{ end }}  since: {{ .StartsAt.Format "2006-01-02 15:04:05 MST" }}
        {{ with .GeneratorURL }}  {{ . }}
        {{ end }}{{ end }}{{ end }}
        {{ define "slack.default.username" }}dogwatch{{ end }}
        {{ define "slack.default.title" }}{{ template "__subject" . }}{{ end }}
        {{ define "slack.default.titlelink" }}{{ .ExternalURL }}{{ end }}
        {{ define "slack.default.pretext" }}{{ end }}
        {{ define "slack.default.fallback" }}{{ template "__subject" . }}{{ end }}
        {{ define "slack.default.text" }}{{ range .Alerts }}{{ if eq .Status "resolved" }}resolved: {{ end }}{{ or .Annotations.summary .Annotations.description .Labels.alertname }}
        {{ end }}{{ end }}
        {{ define "slack.default.footer" }}{{ end }}
        {{ define "pagerduty.default.client" }}dogwatch{{ end }}
        {{ define "pagerduty.default.clientURL" }}{{ .ExternalURL }}{{ end }}
        {{ define "pagerduty.default.description" }}{{ template "__subject" . }}{{ end }}
        {{ define "pagerduty.default.instances" }}{{ template "__alert_lines" . }}{{ end }}
        {{ define "email.default.subject" }}{{ template "__subject" . }}{{ end }}
        {{ define "email.default.text" }}{{ with .Alerts.Firing }}Firing:

        {{ template "__alert_lines" . }}{{ end }}{{ with .Alerts.Resolved }}
        Resolved:

        {{ template "__alert_lines" . }}{{ end }}{{ end }}
        {{ define "__html_alerts" }}{{ range . }}<p><b>{{ or .Annotations.summary .Labels.alertname }}</b><br>{{ range .Labels.SortedPairs }}{{ .Name }} = {{ .Value }}<br>{{ end }}{{ range .Annotations.SortedPairs }}{{ if ne .Name "summary" }}{{ .Name }} = {{ .Value }}<br>{{ end }}{{ end }}since {{ .StartsAt.Format "2006-01-02 15:04:05 MST" }}</p>
        {{ end }}{{ end }}
        {{ define "email.default.html" }}<!DOCTYPE html>
        <html><body style="font-family: sans-serif"><h3>{{ template "__subject" . }}</h3>
        {{ with .Alerts.Firing }}<h4>Firing</h4>
        {{ template "__html_alerts" . }}{{ end }}{{ with .Alerts.Resolved }}<h4>Resolved</h4>
        {{ template "__html_alerts" . }}{{ end }}</body></html>{{ end }}
        {{ define "terminal.default.text" }}{{ template "__subject" . }}{{ with .CommonAnnotations.summary }} {{ . }}{{ end }}{{ end }}
        """#

    /// `source` for `data`; what can't be expanded stands there as it is written, with what is wrong: a broken text must not keep a message back.
    static func expand(_ source: String, _ data: TemplateValue, _ library: [Template]) -> String {
        guard source.contains("{{") else { return source }
        do throws(TemplateError) {
            return try Template(source, scope: scope).expand(data, scope: scope, library: (standard.map { [$0] } ?? []) + library)
        } catch {
            return "<error expanding template: \(error.message)> \(source)"
        }
    }
    /// The same with everything that comes from the alerts made harmless for HTML.
    static func expandHTML(_ source: String, _ data: TemplateValue, _ library: [Template]) -> String {
        expand(source, data.escapedForHTML, library)
    }
}
