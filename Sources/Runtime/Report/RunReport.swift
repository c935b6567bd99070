import Foundation

/// Makes the report page of runs: one file that needs nothing else, neither network nor script.
public enum RunReport {
    /// The page.
    public static func html(_ input: ReportInput) -> String {
        let facts = input.facts.map { "<div><dt>\(HTML.escape($0.name))</dt><dd>\(HTML.escape($0.value))</dd></div>" }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(HTML.escape(input.title))</title>
            <style>
            \(reportStyle)
            </style>
            </head>
            <body>
            <header>
            <h1>\(HTML.escape(input.title))</h1>
            <p class="subtitle">\(HTML.escape(input.subtitle))</p>
            <dl class="facts">\(facts.joined(separator: "\n"))</dl>
            </header>
            <main>
            \(input.sections.map(section).joined(separator: "\n"))
            </main>
            </body>
            </html>

            """
    }

    /// Writes the page; an old one is replaced only by a complete new one.
    ///
    /// - Throws: What the file system says.
    public static func write(_ input: ReportInput, to path: String) throws {
        try WholeFile.write(Data(html(input).utf8), to: path)
    }

    private static func section(_ section: ReportSection) -> String {
        let note = section.note.isEmpty ? "" : "<p class=\"note\">\(HTML.escape(section.note))</p>"
        return """
            <section>
            <h2>\(HTML.escape(section.title))</h2>
            \(note)
            <div class="contents">
            \(section.contents.map(content).joined(separator: "\n"))
            </div>
            </section>
            """
    }

    private static func content(_ content: ReportContent) -> String {
        switch content {
        case .figures(let figures): self.figures(figures)
        case .successes(let successes): self.successes(successes)
        case .improvement(let improvement): improvement.html
        case .statements(let statements): self.statements(statements)
        case .lines(let lines): lines.html
        case .histogram(let histogram): histogram.html
        case .timeline(let timeline): timeline.html
        case .pictures(let pictures): pictures.map(picture).joined(separator: "\n")
        case .table(let table): self.table(table)
        }
    }

    private static func figures(_ figures: [ReportFact]) -> String {
        let cards = figures.map {
            "<div><dd>\(HTML.escape($0.value))</dd><dt>\(HTML.escape($0.name))</dt></div>"
        }
        return "<dl class=\"figures wide\">\(cards.joined(separator: "\n"))</dl>"
    }

    private static func statements(_ statements: [String]) -> String {
        if statements.count == 1 { return "<p class=\"statement wide\">\(HTML.escape(statements[0]))</p>" }
        let items = statements.map { "<li>\(HTML.escape($0))</li>" }
        return "<ul class=\"statements wide\">\(items.joined(separator: "\n"))</ul>"
    }

    private static func successes(_ successes: [ReportSuccess]) -> String {
        let rows = successes.map { success in
            let rate = success.rate
            let interval = rate.interval
            let bar = """
                <svg class="interval" viewBox="0 0 200 16" preserveAspectRatio="none" aria-hidden="true">\
                <rect class="track" x="0" y="6" width="200" height="4"/>\
                <rect class="band" x="\(HTML.coordinate(200 * interval.lowerBound))" y="3" \
                width="\(HTML.coordinate(200 * (interval.upperBound - interval.lowerBound)))" height="10"/>\
                <rect class="rate" x="\(HTML.coordinate(min(197, max(0, 200 * rate.rate - 1.5))))" y="0" width="3" \
                height="16"/></svg>
                """
            return """
                <tr><th scope="row">\(HTML.escape(success.label))</th>\
                <td class="number">\(rate.successes) of \(rate.trials)</td>\
                <td class="number strong">\(percent(rate.rate))</td>\
                <td class="number">\(percent(interval.lowerBound)) – \(percent(interval.upperBound))</td>\
                <td>\(bar)</td></tr>
                """
        }
        return """
            <div class="table wide"><table><thead><tr><th scope="col">policy</th><th scope="col" class="number">successes</th>\
            <th scope="col" class="number">rate</th><th scope="col" class="number">95 % interval (Wilson)</th>\
            <th scope="col" class="scale">0 – 100 %</th></tr></thead><tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table></div>
            """
    }

    private static func percent(_ rate: Double) -> String {
        String(format: "%.1f %%", 100 * rate)
    }

    private static func picture(_ picture: ReportPicture) -> String {
        """
        <figure class="picture wide"><img alt="\(HTML.escape(picture.caption))" \
        src="data:image/png;base64,\(picture.png.base64EncodedString())">\
        <figcaption>\(HTML.escape(picture.caption))</figcaption></figure>
        """
    }

    private static func table(_ table: ReportTable) -> String {
        let isNumber = table.header.indices.map { column in
            !table.rows.isEmpty
                && table.rows.allSatisfy { row in
                    guard column < row.count, let first = row[column].first else { return true }
                    return first.isNumber || "-−+–".contains(first)
                }
        }
        func cells(_ texts: [String], _ element: String) -> String {
            texts.enumerated().map { column, text in
                let style = column < isNumber.count && isNumber[column] ? " class=\"number\"" : ""
                return "<\(element)\(style)>\(HTML.escape(text))</\(element)>"
            }.joined()
        }
        let caption = table.caption.isEmpty ? "" : "<caption>\(HTML.escape(table.caption))</caption>"
        return """
            <div class="table wide"><table\(table.header.count > 8 ? " class=\"narrow\"" : "")>\(caption)<thead><tr>\(cells(table.header, "th"))</tr></thead><tbody>
            \(table.rows.map { "<tr>\(cells($0, "td"))</tr>" }.joined(separator: "\n"))
            </tbody></table></div>
            """
    }
}
