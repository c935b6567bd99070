import Foundation
import Testing

@testable import Runtime

@Suite struct ReportTests {
    /// A page with one of everything, whose texts try to be markup.
    private func page() -> String {
        let hostile = "<script>alert(1)</script> & \"quotes\" 'too'"
        let points = (0..<2000).map { SIMD2(Double($0), 1 + Double($0 % 7)) }
        return RunReport.html(
            ReportInput(
                title: hostile, subtitle: hostile, facts: [ReportFact(hostile, hostile)],
                sections: [
                    ReportSection(
                        hostile, note: hostile,
                        [
                            .figures([ReportFact(hostile, hostile)]),
                            .successes([ReportSuccess(hostile, SuccessRate(successes: 5, trials: 10))]),
                            .lines(
                                ReportLines(
                                    hostile, horizontal: hostile, vertical: hostile, isLogarithmic: true,
                                    series: [.init(hostile, points), .init(hostile, [SIMD2(3, 2)])])),
                            .histogram(ReportHistogram(hostile, quantity: hostile, values: [0, 1, 2, 3, 1000])),
                            .timeline(
                                ReportTimeline(
                                    hostile, horizontal: hostile, range: 0...9, rows: [.init(hostile, [1...2])])),
                            .pictures([ReportPicture(png: Data([1, 2, 3]), caption: hostile)]),
                            .table(ReportTable(header: [hostile], rows: [[hostile]])),
                        ])
                ]))
    }

    @Test func noTextBecomesMarkup() {
        let html = page()
        #expect(!html.contains("<script"))
        #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot; &#39;too&#39;"))
    }

    @Test func thePageNeedsNothingElse() {
        let html = page()
        for outside in ["http://", "https://", "url(", "<link", "@import", "src=\"/"] {
            #expect(!html.contains(outside), "\(outside)")
        }
        #expect(html.contains("src=\"data:image/png;base64,AQID\""))
    }

    @Test func theSameInputMakesTheSamePage() {
        #expect(page() == page())
    }

    @Test func numbersOfTheDrawingAreFinite() {
        let empty = ReportInput(
            title: "", subtitle: "", facts: [],
            sections: [
                ReportSection(
                    "",
                    [
                        .lines(ReportLines("", horizontal: "", vertical: "", series: [])),
                        .lines(
                            ReportLines(
                                "", horizontal: "", vertical: "", series: [.init("", [SIMD2(1, 5), SIMD2(1, 5)])])),
                        .lines(ReportLines("", horizontal: "", vertical: "", series: [.init("", [SIMD2(.nan, 1)])])),
                        .histogram(ReportHistogram("", quantity: "", values: [])),
                        .histogram(ReportHistogram("", quantity: "", values: [0, 0])),
                        .histogram(ReportHistogram("", quantity: "", values: [5])),
                        .timeline(ReportTimeline("", horizontal: "", range: 0...0, rows: [])),
                    ])
            ])
        for html in [page(), RunReport.html(empty)] {
            #expect(!html.contains("nan") && !html.contains("inf\""))
        }
    }

    @Test func intervalsStandInTheTable() {
        #expect(page().contains("23.7 % – 76.3 %"))
        #expect(page().contains("5 of 10"))
    }

    @Test func axesHaveRoundTicks() {
        #expect(
            ChartScale(holding: 0...0.93, isLogarithmic: false, start: 0, end: 1).ticks == [
                0, 0.2, 0.4, 0.6000000000000001, 0.8, 1,
            ])
        let decades = ChartScale(holding: 0.03...700, isLogarithmic: true, start: 0, end: 100)
        #expect(decades.range == 0.01...1000)
        #expect(abs(decades.position(10) - 60) < 1e-9)
    }
}
