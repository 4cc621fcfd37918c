import Testing

@testable import Reports

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0, "0"), (1, "1.00"), (9.999, "10.00"), (12.34, "12.3"), (123.4, "123"), (12_345.6, "12346"), (0.01234, "0.0123"),
    (-2.5, "-2.50"),
  ])
  func threeDigitsOrAllBeforeThePoint(value: Double, text: String) {
    #expect(NumberText.significant(value) == text)
  }
}
