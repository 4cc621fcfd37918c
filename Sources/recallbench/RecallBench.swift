@main
enum RecallBench {
  static func main() {}
}
