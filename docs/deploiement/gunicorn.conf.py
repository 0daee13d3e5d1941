"""Réglages de gunicorn pour ptce-aap : à copier dans /etc/ptce-aap/. Explications : docs/deploiement.md."""

import os

wsgi_app = "ptce_aap.entry.wsgi:application"

# Une prise que seul nginx ouvre, sur la même machine. nginx ailleurs : « 10.0.0.11:8000 » dans PTCE_LISTEN.
bind = os.environ.get("PTCE_LISTEN", "unix:/run/ptce-aap/web.sock")
# La prise est au compte et à son groupe, dont nginx est.
umask = 0o007

# Un processus par cœur et un de plus ; chacun répond à huit personnes à la fois.
workers = int(os.environ.get("PTCE_WEB_PROCESSES", (os.cpu_count() or 1) + 1))
worker_class = "gthread"
threads = 8
backlog = 512

# Chaque processus ouvre ses propres connexions à la base : rien n'est chargé avant qu'ils se séparent.
preload_app = False

# Un processus bloqué est remplacé ; à l'arrêt, les réponses en cours ont trente secondes pour finir.
timeout = 60
graceful_timeout = 30
worker_tmp_dir = "/dev/shm"  # noqa: S108 - la mémoire : un battement de cœur ne s’écrit pas sur un disque

# nginx tient le journal des accès, sans les liens personnels ; ici, ni adresse demandée ni saisie.
accesslog = None
logger_class = "ptce_aap.entry.gunicorn_logs.Discreet"

# Aucune prise d'administration.
control_socket_disable = True
