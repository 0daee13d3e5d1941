"""What keeps an installation running: effects owed, tasks that come back, clocks, files, scans."""
