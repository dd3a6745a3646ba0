import PenstockTelemetry
import Testing

@Suite struct TextTests {
    @Test(arguments: Samples.hostileNames) func xmlHoldsAnyName(_ name: String) {
        let document = "<a b=\"\(XMLText.escaped(name))\">\(XMLText.escaped(name))</a>"
        #expect(XMLChecker.problem(in: document) == nil)
    }

    @Test(arguments: Samples.hostileNames) func jsonReadsBackAnyName(_ name: String) throws {
        #expect(try JSONReader.read(JSONText.quoted(name)) == .string(name))
    }

    @Test(arguments: Samples.hostileNames) func dotStringsEndWhereTheyShould(_ name: String) {
        for literal in [DOTText.quoted(name), DOTText.label([name, name])] {
            var isEscaped = false
            var quotes = 0
            for scalar in literal.unicodeScalars {
                #expect(scalar.value >= 0x20)
                if isEscaped {
                    isEscaped = false
                } else if scalar == "\\" {
                    isEscaped = true
                } else if scalar == "\"" {
                    quotes += 1
                }
            }
            #expect(quotes == 2 && !isEscaped)
        }
    }

    @Test func escapes() {
        #expect(XMLText.escaped("<&>\"'") == "&lt;&amp;&gt;&quot;&#39;")
        #expect(XMLText.escaped("a\nb\u{1}") == "a b␁")
        #expect(JSONText.quoted("a\"b\\\n\u{1}\u{2028}") == #""a\"b\\\n\u0001\u2028""#)
        #expect(DOTText.label(["a&\"", "\\N"]) == #""a&amp;\"\n\\N""#)
        #expect(VisibleText.line("\u{1B}[31mred\u{9B}") == "␛[31mred\u{FFFD}")
    }

    @Test func jsonLiterals() {
        #expect(JSONText.number(.nan) == "null")
        #expect(JSONText.number(.infinity) == "null")
        #expect(JSONText.number(0.25) == "0.25")
        let value = JSONValue.object(["a": .array([]), "b": .object([:]), "c": .boolean(true)])
        #expect(value.text() == #"{"a": [], "b": {}, "c": true}"# + "\n")
    }

    @Test func fixedDecimals() {
        #expect(NumberText.fixed(1.005, decimals: 1) == "1.0")
        #expect(NumberText.fixed(-2.25, decimals: 1) == "-2.3")
        #expect(NumberText.fixed(-0.04, decimals: 1) == "0.0")
        #expect(NumberText.fixed(0.999, decimals: 2) == "1.00")
        #expect(NumberText.fixed(7, decimals: 0) == "7")
        #expect(NumberText.fixed(.nan, decimals: 1) == "–")
        #expect(NumberText.fixed(1e300, decimals: 2) == "1e+300")
        #expect(NumberText.coordinate(12) == "12")
        #expect(NumberText.coordinate(12.34) == "12.3")
    }

    @Test func humanUnits() {
        #expect(NumberText.count(0) == "0")
        #expect(NumberText.count(999) == "999")
        #expect(NumberText.count(1000) == "1.0 k")
        #expect(NumberText.count(12_345_678) == "12.3 M")
        #expect(NumberText.count(123_456) == "123 k")
        #expect(NumberText.count(999_960) == "1.0 M")
        #expect(NumberText.count(.max) == "18.4 E")
        #expect(NumberText.rate(4_512_000) == "4.5 M/s")
        #expect(NumberText.rate(0.25) == "0.3/s")
        #expect(NumberText.percent(0.931) == "93 %")
        #expect(NumberText.percent(0.001) == "<1 %")
        #expect(NumberText.percent(0) == "0 %")
        #expect(NumberText.duration(ns: 812) == "812 ns")
        #expect(NumberText.duration(ns: 1_234_000) == "1.2 ms")
        #expect(NumberText.duration(ns: 93_000_000_000) == "93.0 s")
    }

    @Test func shorteningAndWrapping() {
        let measure = { (text: String) in Double(text.count) }
        #expect(VisibleText.shortened("abcdef", to: 6, measure: measure) == "abcdef")
        #expect(VisibleText.shortened("abcdefg", to: 6, measure: measure) == "abcde…")
        #expect(VisibleText.wrapped("aa bb cc", to: 5, measure: measure) == ["aa bb", "cc"])
        #expect(VisibleText.wrapped("", to: 5, measure: measure) == [])
        #expect(VisibleText.wrapped("aaaaaaaa b", to: 5, measure: measure) == ["aaaa…", "b"])
    }
}
