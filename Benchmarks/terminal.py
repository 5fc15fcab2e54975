"""A program on a pseudo-terminal of our own, and what its screen shows."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata

ROWS, COLUMNS = 40, 120

# What programs ask a terminal at their start, and what a plain one answers.
ANSWERS = ((b"\x1b[6n", b"\x1b[1;1R"), (b"\x1b[c", b"\x1b[?62;22c"), (b"\x1b[>c", b"\x1b[>0;0;0c"))


class Session:
    """A running program. `output` holds all it wrote: (seconds since it was started, bytes)."""

    def __init__(self, argv, home, rows=ROWS, columns=COLUMNS):
        self.output = []
        environment = {
            "HOME": home, "XDG_CONFIG_HOME": home + "/.config", "PATH": os.environ["PATH"], "TERM": "xterm-256color",
            "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
        }
        size = struct.pack("HHHH", rows, columns, 0, 0)
        self.began = time.perf_counter()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, size)
                os.chdir(home)
                os.execvpe(argv[0], argv, environment)
            finally:
                os._exit(127)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, size)
        self.isOver = False

    @property
    def now(self):
        return time.perf_counter() - self.began

    def send(self, keys):
        """Writes `keys`; gives the moment."""
        os.write(self.terminal, keys)
        return self.now

    def read(self, seconds, once=False):
        """Takes in what is written for so long; with `once`, until something was. True while the program runs."""
        until = time.perf_counter() + seconds
        while not self.isOver and (left := until - time.perf_counter()) > 0:
            if not select.select([self.terminal], [], [], left)[0]:
                continue
            try:
                data = os.read(self.terminal, 1 << 16)
            except OSError:
                data = b""
            if not data:
                self.isOver = True
                break
            self.output.append((self.now, data))
            for question, answer in ANSWERS:
                if question in data:
                    os.write(self.terminal, answer)
            if once:
                break
        return not self.isOver

    def read_until(self, text, seconds, chunk=3.0):
        """Reads until `text` stands on the screen; the moment it came, or None. Looks at the screen in pauses, so as not to hold the program up."""
        screen, done = Screen(), 0
        while True:
            isRunning = self.read(min(chunk, seconds))
            for moment, data in self.output[done:]:
                screen.feed(data)
                if any(text in line for line in screen.lines()):
                    return moment
            done = len(self.output)
            if self.now > seconds or not isRunning:
                return None

    def screen(self, until=float("inf")):
        """The screen as it stood at a moment."""
        screen = Screen()
        for moment, data in self.output:
            if moment > until:
                break
            screen.feed(data)
        return screen

    def full_after(self, start, end, share=0.95):
        """When, from `start` on, `share` of the rows looked for the first time as they do at `end`; None where there are none.

        A row counts by what stands in it before `start` too: a key press that redraws a part of the screen is complete with that part. The
        first and the last row are left out where a key was pressed, since clocks stand there.
        """
        final = self.screen(end).lines()
        wanted = [row for row, line in enumerate(final) if line.strip()]
        if start > 0:
            wanted = [row for row in wanted if 0 < row < len(final) - 1]
        if not wanted:
            return None
        screen = Screen()
        for moment, data in self.output:
            if moment > end:
                return None
            screen.feed(data)
            if moment < start:
                continue
            lines = screen.lines()
            # At the start numbers move on while one looks, so a row counts when it is not empty; after a key it must be the same.
            done = sum((lines[row] == final[row]) if start > 0 else bool(lines[row].strip()) for row in wanted)
            if done >= share * len(wanted):
                return moment - start
        return None

    def processes(self):
        """The program and its children."""
        found, parents = [self.pid], {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/stat") as file:
                    parents.setdefault(int(file.read().rpartition(")")[2].split()[1]), []).append(int(name))
            except OSError:
                continue
        for pid in found:
            found += parents.get(pid, [])
        return found

    def cpu(self):
        """Seconds of processor that it used so far, children included."""
        fine = coarse = 0.0
        for pid in self.processes():
            try:
                fine += sum(int(open(f"/proc/{pid}/task/{task}/schedstat").read().split()[0]) for task in os.listdir(f"/proc/{pid}/task")) / 1e9
                coarse += sum(map(int, open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")
            except OSError:
                continue
        # The scheduler's count is the finer one, but leaves out threads that have ended.
        return max(fine, coarse)

    def resident(self):
        """Bytes in memory, children included."""
        total = 0
        for pid in self.processes():
            try:
                total += int(open(f"/proc/{pid}/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE")
            except OSError:
                continue
        return total

    def written(self, start, end):
        return sum(len(data) for moment, data in self.output if start <= moment < end)

    def frames(self, start, end, silence=0.05):
        """Bursts of output, told apart by so much silence."""
        count, last = 0, float("-inf")
        for moment, _ in self.output:
            if start <= moment < end:
                count += moment - last > silence
                last = moment
        return count

    def close(self, keys=b"q"):
        try:
            if not self.isOver:
                os.write(self.terminal, keys)
            until = time.perf_counter() + 2
            while time.perf_counter() < until:
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    break
                self.read(0.02)
                if self.isOver:
                    time.sleep(0.005)
            else:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        except (OSError, ChildProcessError):
            pass
        os.close(self.terminal)


class Screen:
    """As much of a terminal as tells which characters stand where; colours are passed over."""

    TOKEN = re.compile(
        r"\x1b\[(?P<private>[<-?]?)(?P<numbers>[\d;:]*)[ -/]*(?P<final>[@-~])"
        r"|\x1b[\]P_^].*?(?:\x07|\x1b\\)|\x1b[ -/]+[0-~]|\x1b(?P<single>[0-OQ-Z\\`-~])"
        r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])|(?P<text>[^\x00-\x1f\x7f]+)", re.S)

    def __init__(self, rows=ROWS, columns=COLUMNS):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.top, self.bottom = 0, rows - 1
        self.saved = (0, 0)
        self.last = " "
        self.rest = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def lines(self):
        return ["".join(row) for row in self.cells]

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        # An escape sequence that goes on in the next read stays for it.
        escape = text.rfind("\x1b")
        cut = escape if escape >= 0 and not self.TOKEN.match(text, escape) else len(text)
        self.rest = text[cut:]
        for token in self.TOKEN.finditer(text, 0, cut):
            self._take(**token.groupdict())

    def _take(self, private, numbers, final, single, control, text):
        if text:
            self._write(text)
        elif control:
            self._control(control)
        elif single:
            self._escape(single)
        elif final and not private:
            self._sequence(final, [int(number) if number.isdigit() else 0 for number in numbers.split(";")])
        elif private == "?" and final == "h" and numbers in ("47", "1047", "1049"):
            self._blank(0, self.rows)

    def _write(self, text):
        for character in text:
            if unicodedata.combining(character):
                continue
            width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
            if self.column + width > self.columns:
                self.column = 0
                self._line_feed()
            self.cells[self.row][self.column] = character
            if width == 2:
                self.cells[self.row][self.column + 1] = ""
            self.column += width
            self.last = character

    def _control(self, control):
        if control == "\r":
            self.column = 0
        elif control == "\n":
            self._line_feed()
        elif control == "\b":
            self.column = max(self.column - 1, 0)
        elif control == "\t":
            self.column = min(self.column // 8 * 8 + 8, self.columns - 1)

    def _escape(self, single):
        if single == "7":
            self.saved = (self.row, self.column)
        elif single == "8":
            self.row, self.column = self.saved
        elif single in "DE":
            self.column = 0 if single == "E" else self.column
            self._line_feed()
        elif single == "M":
            if self.row == self.top:
                self._scroll(self.top, -1)
            else:
                self.row = max(self.row - 1, 0)

    def _line_feed(self):
        if self.row == self.bottom:
            self._scroll(self.top, 1)
        else:
            self.row = min(self.row + 1, self.rows - 1)

    def _scroll(self, first, count):
        for _ in range(min(abs(count), self.rows)):
            if count > 0:
                del self.cells[first]
                self.cells.insert(self.bottom, [" "] * self.columns)
            else:
                del self.cells[self.bottom]
                self.cells.insert(first, [" "] * self.columns)

    def _blank(self, start, end):
        for row in range(start, end):
            self.cells[row] = [" "] * self.columns

    def _sequence(self, final, numbers):
        number = max(numbers[0], 1)
        row, last = self.cells[self.row], min(self.column, self.columns - 1)
        if final in "Hf":
            self.row = min(number, self.rows) - 1
            self.column = min(max(numbers[1], 1) if len(numbers) > 1 else 1, self.columns) - 1
        elif final in "Ae":
            self.row = max(self.row - number, 0) if final == "A" else min(self.row + number, self.rows - 1)
        elif final == "B":
            self.row = min(self.row + number, self.rows - 1)
        elif final in "Ca":
            self.column = min(self.column + number, self.columns - 1)
        elif final == "D":
            self.column = max(self.column - number, 0)
        elif final in "EF":
            self.row, self.column = min(max(self.row + (number if final == "E" else -number), 0), self.rows - 1), 0
        elif final in "G`":
            self.column = min(number, self.columns) - 1
        elif final == "d":
            self.row = min(number, self.rows) - 1
        elif final == "X":
            row[last:last + number] = [" "] * len(row[last:last + number])
        elif final == "P":
            del row[last:last + number]
            row += [" "] * (self.columns - len(row))
        elif final == "@":
            row[last:last] = [" "] * number
            del row[self.columns:]
        elif final == "b":
            self._write(self.last * number)
        elif final == "K":
            start, end = {0: (last, self.columns), 1: (0, last + 1)}.get(numbers[0], (0, self.columns))
            row[start:end] = [" "] * (end - start)
        elif final == "J":
            if numbers[0] == 0:
                self._sequence("K", [0])
                self._blank(self.row + 1, self.rows)
            elif numbers[0] == 1:
                self._sequence("K", [1])
                self._blank(0, self.row)
            else:
                self._blank(0, self.rows)
        elif final in "LM" and self.top <= self.row <= self.bottom:
            self._scroll(self.row, number if final == "M" else -number)
        elif final in "ST":
            self._scroll(self.top, number if final == "S" else -number)
        elif final == "r":
            self.top = min(number, self.rows) - 1
            self.bottom = (min(numbers[1], self.rows) if len(numbers) > 1 and numbers[1] else self.rows) - 1
            self.row = self.column = 0
