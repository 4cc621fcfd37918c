import Testing

@testable import Bench

@Suite struct LoadOptionsTests {
  @Test func aRangeIsALadderWithBothEnds() throws {
    let rates = try #require(LoadOptions.rates(parsing: "1000..50k"))
    #expect(rates.first == 1000 && rates.last == 50_000 && rates == rates.sorted())
    for (low, high) in zip(rates, rates.dropFirst()) { #expect((1.3...1.6).contains(Double(high) / Double(low))) }
    #expect(LoadOptions.rates(parsing: "7..7") == [7])
    #expect(LoadOptions.rates(parsing: "2000,1000,2000") == [1000, 2000])
  }

  @Test(arguments: ["", "fast", "0", "-5", "9..8", "1..", "..9", "1000,,2000", "1.5"])
  func otherRatesAreRefused(text: String) { #expect(LoadOptions.rates(parsing: text) == nil) }

  @Test func aMixAddsUp() throws {
    let mix = try #require(LoadMix(parsing: "search=95,insert=4,remove=1"))
    #expect((mix.search, mix.insert, mix.remove) == (95, 4, 1) && "\(mix)" == "search=95,insert=4,remove=1")
    #expect(LoadMix(parsing: "insert=10,search=90")?.remove == 0)
  }

  @Test(arguments: [
    "", "search", "search=99", "insert=100", "search=50,search=50", "search=101,remove=-1", "reads=100",
  ])
  func otherMixesAreRefused(text: String) { #expect(LoadMix(parsing: text) == nil) }

  private func point(_ schedule: ArrivalSchedule, mix: LoadMix? = nil) -> LoadPoint {
    LoadPoint(rate: 1000, schedule: schedule, seconds: 2, mix: mix)
  }

  @Test func fixedTimesAreEquallyFarApart() {
    #expect(point(.fixed).dueTimes(seed: 1) == (0..<2000).map { UInt64($0) * 1_000_000 })
  }

  /// The gaps of a Poisson process are exponential: their standard deviation is their mean.
  @Test func randomTimesAreThoseOfAPoissonProcess() {
    let times = point(.poisson).dueTimes(seed: 1)
    #expect(times.count == 2000 && times == times.sorted() && times[1999] < 2_000_000_000)
    #expect(times == point(.poisson).dueTimes(seed: 1) && times != point(.poisson).dueTimes(seed: 2))
    let gaps = zip(times, times.dropFirst()).map { Double($1 - $0) }
    #expect((0.9...1.1).contains(Dispersion.variance(gaps).squareRoot() / Dispersion.mean(gaps)))
  }

  @Test func kindsHaveTheirShares() throws {
    let kinds = point(.fixed, mix: LoadMix(parsing: "search=70,insert=20,remove=10")).kinds(seed: 3)
    #expect(
      (1300...1500).contains(kinds.count { $0 == .search }) && (150...250).contains(kinds.count { $0 == .remove }))
    #expect(point(.fixed).kinds(seed: 3).allSatisfy { $0 == .search })
  }
}
