// SPDX-License-Identifier: Apache-2.0
#include "cli/chart_drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "cli/value_text.h"

namespace millrace::cli {
namespace {

// Dots of a character, by [row][column]: bits of the Unicode block at U+2800.
constexpr std::array<std::array<int, 2>, 4> kBraille = {
    {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};

struct Dot {
  int x = 0;
  int y = 0;  // from the top
};

// Dots that are on, each character a few of them.
class Canvas {
 public:
  Canvas(int columns, int rows, bool ascii)
      : columns_(columns), rows_(rows), across_(ascii ? 1 : 2), down_(ascii ? 1 : 4) {
    cells_.resize(static_cast<std::size_t>(columns * rows), 0);
  }

  int width() const { return columns_ * across_; }
  int height() const { return rows_ * down_; }

  void set(Dot dot) {
    const auto cell = static_cast<std::size_t>(dot.y / down_ * columns_ + dot.x / across_);
    cells_[cell] |= kBraille[static_cast<std::size_t>(dot.y % down_)]
                            [static_cast<std::size_t>(dot.x % across_)];
  }

  // Bresenham's.
  void connect(Dot from, Dot to) {
    const int dx = std::abs(to.x - from.x);
    const int dy = -std::abs(to.y - from.y);
    const int right = from.x < to.x ? 1 : -1;
    const int below = from.y < to.y ? 1 : -1;
    int error = dx + dy;
    while (true) {
      set(from);
      if (from.x == to.x && from.y == to.y) return;
      const int twice = 2 * error;
      if (twice >= dy) {
        error += dy;
        from.x += right;
      }
      if (twice <= dx) {
        error += dx;
        from.y += below;
      }
    }
  }

  std::string row(int number) const {
    std::string text;
    for (int column = 0; column < columns_; ++column) {
      const int dots = cells_[static_cast<std::size_t>(number * columns_ + column)];
      if (dots == 0) {
        text += ' ';
      } else if (across_ == 1) {
        text += '*';
      } else {
        // UTF-8 of U+2800 + dots.
        text += '\xe2';
        text += static_cast<char>(0xa0 | (dots >> 6));
        text += static_cast<char>(0x80 | (dots & 0x3f));
      }
    }
    while (text.ends_with(' ')) text.pop_back();
    return text;
  }

 private:
  const int columns_;
  const int rows_;
  const int across_;  // dots of a character
  const int down_;
  std::vector<int> cells_;
};

// Of the numbers that can be drawn.
struct Bounds {
  double low = 0;
  double high = 0;
  bool found = false;
};

Bounds bounds_of(const ChartLine& line) {
  Bounds bounds;
  for (const double number : line.numbers) {
    if (!std::isfinite(number)) continue;
    bounds.low = bounds.found ? std::min(bounds.low, number) : number;
    bounds.high = bounds.found ? std::max(bounds.high, number) : number;
    bounds.found = true;
  }
  return bounds;
}

// 0 at `low`, 1 at `high`, without leaving the range of double between them; a line that never
// moves lies in the middle.
double share(double number, double low, double high) {
  if (!(high > low)) return 0.5;
  return (number / 2 - low / 2) / (high / 2 - low / 2);
}

int scaled(double share, int count) {
  return std::clamp(static_cast<int>(std::lround(share * (count - 1))), 0, count - 1);
}

void plot(const ChartLine& line, const TimeRange& range, const Bounds& bounds, Canvas& canvas) {
  const auto from = static_cast<double>(time::to_unix_us(range.from));
  const auto to = static_cast<double>(time::to_unix_us(range.to));
  bool connected = false;
  Dot last;
  std::int64_t last_us = 0;
  for (std::size_t i = 0; i < line.times_us.size(); ++i) {
    if (!std::isfinite(line.numbers[i])) continue;
    const std::int64_t time_us = line.times_us[i];
    const Dot dot{scaled(share(static_cast<double>(time_us), from, to), canvas.width()),
                  canvas.height() - 1 -
                      scaled(share(line.numbers[i], bounds.low, bounds.high), canvas.height())};
    const bool gap = line.step_us > 0 && time_us - last_us > 2 * line.step_us;
    if (connected && !gap) {
      canvas.connect(last, dot);
    } else {
      canvas.set(dot);
    }
    connected = true;
    last = dot;
    last_us = time_us;
  }
}

struct Axes {
  std::string_view tick;
  std::string_view side;
  std::string_view corner;
  std::string_view below;
};
constexpr Axes kLines{"┤", "│", "└", "─"};
constexpr Axes kAscii{"+", "|", "+", "-"};

std::string label(double number) {
  return fmt::format("{:.6g}", number);
}

// Both ends, and the middle where there is room.
std::string time_line(const TimeRange& range, int indent, int columns) {
  const std::string from = format_time(range.from);
  const std::string to = format_time(range.to);
  const std::string middle = format_time(range.from + (range.to - range.from) / 2);
  const int free = columns - static_cast<int>(from.size() + to.size());
  std::string text(static_cast<std::size_t>(indent), ' ');
  if (free < 2) return text + from + " - " + to;
  const int beside = free - static_cast<int>(middle.size());
  if (beside < 4) return text + from + std::string(static_cast<std::size_t>(free), ' ') + to;
  const auto left = static_cast<std::size_t>(beside / 2);
  return text + from + std::string(left, ' ') + middle +
         std::string(static_cast<std::size_t>(beside) - left, ' ') + to;
}

}  // namespace

std::string draw_chart(const ChartLine& line, const TimeRange& range, const ChartSize& size) {
  const Bounds bounds = bounds_of(line);
  if (!bounds.found) return "no points\n";
  const Axes& axes = size.ascii ? kAscii : kLines;
  const std::string high = label(bounds.high);
  const std::string low = label(bounds.low);
  const std::string middle = label(bounds.low / 2 + bounds.high / 2);
  const auto indent = static_cast<int>(std::max({high.size(), low.size(), middle.size()})) + 1;
  const int columns = std::max(size.columns - indent - 1, 1);
  Canvas canvas(columns, size.rows, size.ascii);
  plot(line, range, bounds, canvas);
  std::string text;
  for (int row = 0; row < size.rows; ++row) {
    const bool flat = !(bounds.high > bounds.low);
    const std::string* mark = row == size.rows / 2   ? &middle
                              : flat                 ? nullptr
                              : row == 0             ? &high
                              : row == size.rows - 1 ? &low
                                                     : nullptr;
    text += fmt::format("{:>{}} {}{}\n", mark != nullptr ? *mark : "", indent - 1,
                        mark != nullptr ? axes.tick : axes.side, canvas.row(row));
  }
  text += std::string(static_cast<std::size_t>(indent), ' ') + std::string(axes.corner);
  for (int column = 0; column < columns; ++column) text += axes.below;
  return text + "\n" + time_line(range, indent, columns + 1) + "\n";
}

}  // namespace millrace::cli
