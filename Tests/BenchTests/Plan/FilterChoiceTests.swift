import Datasets
import Foundation
import Testing

@testable import Bench

@Suite struct FilterChoiceTests {
  @Test(arguments: [
    ("1%", FilterChoice.made(permille: 10, .independent)), ("0.1% near", .made(permille: 1, .near)),
    ("50.0% far", .made(permille: 500, .far)), ("100%", .made(permille: 1000, .independent)), ("queries", .ofQueries),
  ])
  func readsWhatItWrites(text: String, choice: FilterChoice) throws {
    #expect(try FilterChoice(parsing: text) == choice)
    #expect(try FilterChoice(parsing: "\(choice)") == choice)
    let stored = try JSONEncoder().encode([choice])
    #expect(try JSONDecoder().decode([FilterChoice].self, from: stored) == [choice])
  }

  @Test func aConditionIsAFilterToo() throws {
    let choice = try FilterChoice(parsing: "price<20 and color = red")
    #expect(choice == .condition(try FilterCondition(parsing: "price < 20 and color = red")))
    #expect("\(choice)" == "price < 20 and color = red")
  }

  @Test(arguments: ["0%", "0.05%", "101%", "x%", "1% close", "1% near far", "-1%"])
  func refusesOtherShares(text: String) {
    #expect(throws: FilterConditionError.share(text)) { try FilterChoice(parsing: text) }
  }

  @Test func theStandardHasAllSharesForEachCorrelation() {
    #expect(
      FilterChoice.standard.map(\.description) == [
        "50%", "10%", "1%", "0.1%", "50% near", "10% near", "1% near", "0.1% near", "50% far", "10% far", "1% far",
        "0.1% far",
      ])
  }
}
