-- Après l'installation et après chaque mise à jour, sous le compte ptce_owner, dans la base « ptce » :
--   psql -U ptce_owner -f postgresql-droits.sql ptce
-- Donne à ptce_app ce dont l'application a besoin, puis lui retire ce que les déclencheurs refusent déjà :
-- une ligne du journal ne se change ni ne s'efface, même si un déclencheur venait à manquer. Peut être rejoué.

GRANT USAGE ON SCHEMA public TO ptce_app;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ptce_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ptce_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ptce_app;
ALTER DEFAULT PRIVILEGES FOR ROLE ptce_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ptce_app;
ALTER DEFAULT PRIVILEGES FOR ROLE ptce_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ptce_app;

-- L'application lit à quelle version sont les tables, et n'y touche pas.
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM ptce_app;

DO $$
DECLARE
    kept record;
BEGIN
    -- Chaque table qui ne fait que s'allonger porte un déclencheur de ce nom ; il dit ce qu'il refuse.
    FOR kept IN
        SELECT c.relname AS name, t.tgtype AS events, f.prosrc AS body
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc f ON f.oid = t.tgfoid
        WHERE t.tgname = c.relname || '_append_only' AND c.relnamespace = 'public'::regnamespace
    LOOP
        IF kept.events & 8 <> 0 THEN
            EXECUTE format('REVOKE DELETE ON %I FROM ptce_app', kept.name);
        END IF;
        -- Certaines laissent remplir une colonne ou avancer un compteur : le déclencheur reste seul juge.
        IF kept.events & 16 <> 0 AND kept.body NOT LIKE '%RETURN NEW%' THEN
            EXECUTE format('REVOKE UPDATE ON %I FROM ptce_app', kept.name);
        END IF;
    END LOOP;
END $$;
